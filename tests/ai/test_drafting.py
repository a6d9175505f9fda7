from __future__ import annotations

import json
from typing import Any

import pytest

from ai.drafting import Draft, LeftOut, LineReader, ProposalReader, rests_on
from ai.errors import BadOutput
from ai.material import Material
from collab.suggestions import Kind
from tests.ai.material import BUSES, HARBOUR, SECRET, an_input, material, objection
from tests.work import at_most

STATEMENT = "The harbour grows slowly. Everybody is heard."


def reader(found: Material | None = None) -> ProposalReader:
    return ProposalReader(found or material(statement=STATEMENT), max_proposals=12)


def line(**fields: Any) -> str:
    """Return a good proposal, changed."""
    value: dict[str, Any] = {
        "do": "add",
        "after": "s1",
        "new_paragraph": False,
        "text": "Small boats get a quiet basin.",
        "cites": [{"input": "kqz", "quote": "needs a quiet basin"}],
        "reason": "It was asked for.",
    }
    return json.dumps({name: value for name, value in (value | fields).items() if value != ...})


def drafted(**fields: Any) -> Draft:
    found = reader().read(line(**fields))
    assert isinstance(found, Draft)
    return found


def left_out(in_: Material | None = None, /, **fields: Any) -> str:
    result = reader(in_).read(line(**fields))
    assert isinstance(result, LeftOut)
    return result.why


def test_a_good_proposal_is_read() -> None:
    draft = drafted()
    assert draft.kind is Kind.SENTENCE
    assert draft.target is not None
    assert draft.target.text == "The harbour grows slowly."
    assert (draft.text, draft.reason) == ("Small boats get a quiet basin.", "It was asked for.")
    (citation,) = draft.citations
    assert (citation.input, citation.quote, citation.author) == (
        "id-kqz",
        "needs a quiet basin",
        None,
    )
    assert HARBOUR[citation.start : citation.end] == citation.quote


def test_a_proposal_goes_where_it_says() -> None:
    assert drafted(after=None).target is None
    assert drafted(after=..., new_paragraph=...).kind is Kind.SENTENCE
    assert drafted(new_paragraph=True).kind is Kind.PARAGRAPH
    replaced = drafted(do="replace", sentence="s2", after=...)
    assert replaced.kind is Kind.REPLACE
    assert replaced.target is not None
    assert replaced.target.alias == "s2"


def test_a_name_is_said_only_where_its_owner_allows_it() -> None:
    draft = drafted(cites=[{"input": "bcd", "quote": "Buses must run on Sundays"}])
    assert draft.citations[0].author == "Ana"


def test_what_must_not_be_quoted_is_cited_without_its_words() -> None:
    draft = drafted(cites=[{"input": "wxy", "quote": "is going to close the yard"}])
    assert (draft.citations[0].quote, draft.citations[0].author) == (None, None)
    assert draft.citations[0].input == "id-wxy"


@pytest.mark.parametrize(
    "cites",
    [
        [],
        [{"input": "kqz", "quote": "needs a noisy basin"}],
        [{"input": "kqz", "quote": "a quiet"}],
        [{"input": "kqz", "quote": ""}],
        [{"input": "zzz", "quote": "needs a quiet basin"}],  # an id nobody has
        [{"input": "id-kqz", "quote": "needs a quiet basin"}],  # the row's, which no model knows
        [{"input": "bcd", "quote": "needs a quiet basin"}],  # somebody else's words
    ],
)
def test_a_proposal_that_rests_on_nothing_is_left_out(cites: list[dict[str, str]]) -> None:
    assert left_out(cites=cites) == "its quotes are not in the inputs word for word"


def test_a_quote_that_is_not_there_is_not_shown_beside_one_that_is() -> None:
    draft = drafted(
        cites=[
            {"input": "kqz", "quote": "needs a noisy basin"},
            {"input": "kqz", "quote": "needs a quiet basin"},
        ]
    )
    assert [one.quote for one in draft.citations] == ["needs a quiet basin"]


@pytest.mark.parametrize("place", ["text", "reason"])
def test_words_that_must_not_be_quoted_are_shown_nowhere(place: str) -> None:
    fields = {place: f"As one says: {SECRET}"}
    assert left_out(None, **fields) == "it repeats what must not be quoted"


@pytest.mark.parametrize("place", ["text", "reason"])
def test_a_private_critique_is_shown_nowhere(place: str) -> None:
    words = "I was threatened when I said that in the council."
    found = material(statement=STATEMENT, critiques=(objection(words, private=True),))
    assert left_out(found, **{place: words}) == "it repeats what must not be quoted"
    in_the_open = material(statement=STATEMENT, critiques=(objection(words),))
    assert isinstance(reader(in_the_open).read(line(**{place: words})), Draft)


def test_the_statements_own_words_may_stay_though_a_secret_repeats_them() -> None:
    statement = "The harbour grows slowly and in good order for everybody in town."
    words = f"{statement} That is a lie."
    found = material(
        an_input("kqz", HARBOUR),
        an_input("wxy", words, quotable=False),
        statement=statement,
        critiques=(objection(words, private=True),),
    )
    text = "The harbour grows slowly and in good order for everybody in town and around it."
    assert isinstance(reader(found).read(line(text=text)), Draft)


def test_guessing_a_secret_in_ones_own_input_does_not_set_it_free() -> None:
    """The bot would confirm that somebody else has said so too."""
    found = material(an_input("mlr", f"I bet: {SECRET}"), an_input("wxy", SECRET, quotable=False))
    cites = [{"input": "wxy", "quote": SECRET}]
    assert "must not be quoted" in left_out(found, after=None, text=SECRET, cites=cites)


@pytest.mark.parametrize(
    "text", ["The harbour grows slowly.", "the harbour  GROWS slowly.", "Trams stay."]
)
def test_what_was_said_is_not_proposed_again(text: str) -> None:
    found = material(statement=STATEMENT, proposed=("Trams stay.",))
    assert left_out(found, text=text) == "it has been said or proposed before"


def test_nothing_is_proposed_twice_in_one_answer() -> None:
    reading = reader()
    assert isinstance(reading.read(line()), Draft)
    assert isinstance(reading.read(line(after="s2")), LeftOut)


def test_what_is_shown_hides_nothing() -> None:
    text = "Small\u202e boats\u202c get\u200b a\nquiet\U000e0041 basin."
    draft = drafted(text=text, reason="It\u2066 was\u2069 asked\tfor.")
    assert draft.text == "Small boats get a quiet basin."
    assert draft.reason == "It was asked for."


def test_a_quote_is_shown_without_what_is_hidden_in_it() -> None:
    found = material(an_input("kqz", "We do\u202e not\u202c want\u200b\nthis here."))
    draft = reader(found).read(
        line(after=None, cites=[{"input": "kqz", "quote": "do not want this"}])
    )
    assert isinstance(draft, Draft)
    assert draft.citations[0].quote == "do not want this"


@pytest.mark.parametrize(
    "wrong",
    [
        "be nice",
        "[]",
        "7",
        "null",
        "{",
        "[" * 5000,
        '{"do": ' + "9" * 5000 + "}",
        line(do="delete"),
        line(do=...),
        line(do="replace"),
        line(do="replace", sentence="s9"),
        line(do="replace", sentence=["s1"]),
        line(after="s9"),
        line(after=1),
        line(after={}),
        line(new_paragraph="yes"),
        line(text=...),
        line(text=""),
        line(text="\u200b"),
        line(text="..."),
        line(text=["a"]),
        line(text="x" * 1001),
        line(reason="x" * 601),
        line(reason=7),
        line(cites=...),
        line(cites="kqz"),
        line(cites=["kqz"]),
        line(cites=[{"input": "kqz"}]),
        line(cites=[{"quote": "needs a quiet basin"}]),
        line(cites=[{"input": ["kqz"], "quote": "needs a quiet basin"}]),
        line(cites=[{"input": "kqz", "quote": "needs a quiet basin"}] * 13),
    ],
)
def test_what_is_not_in_form_fails(wrong: str) -> None:
    with pytest.raises(BadOutput):
        reader().read(wrong)


def test_the_end_is_the_end() -> None:
    reading = reader()
    assert reading.read('{"do": "end"}') is None
    assert reading.ended
    assert reading.read("  ") is None
    with pytest.raises(BadOutput, match="after the end"):
        reading.read(line())


def test_more_than_asked_for_is_not_in_form() -> None:
    reading = reader()
    for number in range(12):
        reading.read(line(text=f"Point {number} holds."))
    with pytest.raises(BadOutput, match="more proposals"):
        reading.read(line(text="Point 13 holds."))


def test_twelve_proposals_on_a_huge_session_are_read_in_no_time() -> None:
    """They are read where everybody's edits are handled."""
    many = [an_input(f"q{n}", f"{n} {HARBOUR} " * 100) for n in range(30)]
    many += [an_input(f"n{n}", f"{n} {SECRET} " * 100, quotable=False) for n in range(10)]
    reading = reader(material(*many))
    with at_most(3):
        for number in range(12):
            cites = [{"input": f"q{n}", "quote": "needs a noisy basin"} for n in range(12)]
            reading.read(line(after=None, text=f"Point {number} holds.", cites=cites))


def test_a_proposal_rests_on_what_it_cites_and_on_what_it_says() -> None:
    draft = drafted(text="Buses must run on Sundays, or else.")
    assert rests_on(draft, [an_input("kqz", HARBOUR)])
    assert rests_on(draft, [an_input("bcd", BUSES)])
    assert not rests_on(draft, [an_input("wxy", SECRET)])
    assert not rests_on(draft, [])


def test_lines_are_read_as_they_end() -> None:
    lines = LineReader()
    assert lines.feed("one") == []
    assert lines.feed(" line\nand ano") == ["one line"]
    assert lines.feed("ther\n\n") == ["and another", ""]
    assert lines.feed("the last") == []
    assert lines.finish() == ["the last"]
    assert lines.finish() == [""]


def test_a_line_that_does_not_end_is_not_read_for_ever() -> None:
    lines = LineReader()
    for _ in range(20):
        lines.feed("x" * 1000)
    with pytest.raises(BadOutput, match="without end"):
        lines.feed("x")
