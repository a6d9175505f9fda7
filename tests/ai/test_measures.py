"""`ai.measures`: counted, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.measures import (
    AcceptedText,
    Citation,
    GivenText,
    Standing,
    hidden_among,
    holds,
    measure,
    missing_numbers,
    trace,
)

ANA = GivenText("i1", "ana", "north", "Buses must run on Sundays. Until 22:30, please.")
BEN = GivenText("i2", "ben", "north", "No cars in the old town.")
CLEO = GivenText("i3", "cleo", None, "Keep the market where it is.")
GIVEN = {one.id: one for one in (ANA, BEN, CLEO)}


def cite(source: GivenText, passage: str, ident: str = "", **fields: bool) -> Citation:
    start = source.text.index(passage)
    return Citation(
        ident or f"c-{source.id}", source.id, start, start + len(passage), passage, **fields
    )


def accepted(text: str, *citations: Citation, own_words: bool = False) -> AcceptedText:
    return AcceptedText("s1", text, own_words, citations)


BUSES = accepted("Buses run on Sundays.", cite(ANA, "Buses must run on Sundays"))


def standing(sentence: str, *texts: AcceptedText, given: dict[str, GivenText] = GIVEN) -> Standing:
    (found,) = trace([sentence], texts, given)
    return found.standing


def test_a_sentence_as_it_was_accepted_is_sourced() -> None:
    (found,) = trace(["Buses  run on Sundays."], [BUSES], GIVEN)
    assert (found.standing, found.suggestion) == (Standing.SOURCED, "s1")
    assert [one.input for one in found.citations] == ["i1"]


def test_a_sentence_somebody_changed_is_not() -> None:
    assert standing("Buses never run on Sundays.", BUSES) is Standing.EDITED
    assert standing("Buses run on Sundays", BUSES) is Standing.EDITED
    own = accepted("Trams run.", *BUSES.citations, own_words=True)
    assert standing("Trams run.", own) is Standing.EDITED


def test_what_people_wrote_themselves_has_no_source_and_no_claim_to_one() -> None:
    (found,) = trace(["The harbour opens in 2031."], [BUSES], GIVEN)
    assert (found.standing, found.citations, found.numbers) == (Standing.UNSOURCED, (), ())


@pytest.mark.parametrize(
    "given",
    [
        {},  # withdrawn
        {"i1": GivenText("i1", "ana", None, "Buses must not run on Sundays.")},  # changed
    ],
)
def test_a_citation_that_does_not_hold_any_more_counts_no_more(
    given: dict[str, GivenText],
) -> None:
    assert standing("Buses run on Sundays.", BUSES, given=given) is Standing.BROKEN


def test_a_disputed_citation_counts_no_more() -> None:
    disputed = accepted(BUSES.text, cite(ANA, "Buses must run on Sundays", disputed=True))
    assert standing(BUSES.text, disputed) is Standing.BROKEN
    both = accepted(BUSES.text, *disputed.citations, cite(BEN, "No cars in the old town"))
    assert standing(BUSES.text, both) is Standing.SOURCED


def test_a_citation_nobody_can_check_does_not_hold() -> None:
    assert not holds(Citation("c", "i1", 0, 5, None), GIVEN)
    assert not holds(Citation("c", "i1", 0, 5, ""), GIVEN)
    assert not holds(Citation("c", "i9", 0, 5, "Buses must run"), GIVEN)


def test_the_later_of_two_with_the_same_words_counts() -> None:
    later = AcceptedText("s2", BUSES.text, False, (cite(CLEO, "Keep the market"),))
    (found,) = trace([BUSES.text], [BUSES, later], GIVEN)
    assert found.suggestion == "s2"


def test_each_sentence_of_a_paragraph_is_traced_to_it() -> None:
    two = accepted("Buses run. Cars do not.", cite(BEN, "No cars in the old town"))
    found = trace(["Buses run.", "Cars do not."], [two], GIVEN)
    assert {one.standing for one in found} == {Standing.SOURCED}


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Buses run until 22:30.", ()),
        ("Buses run until 23:30.", ("23:30",)),
        ("Buses run until ２２:30.", ()),  # full-width digits
        ("All 12 buses run until 22:30 for 1.5 euros.", ("12", "1.5")),
        ("Buses run.", ()),
    ],
)
def test_numbers_that_nobody_gave_are_pointed_out(sentence: str, missing: tuple[str, ...]) -> None:
    assert missing_numbers(sentence, ["Until 22:30, please."]) == missing


def test_the_measures_are_what_one_counts_by_hand() -> None:
    texts = [
        BUSES,
        AcceptedText("s2", "No cars.", False, (cite(BEN, "No cars in the old town"),)),
    ]
    traced = trace(["Buses run on Sundays.", "No cars.", "We love it.", "No car."], texts, GIVEN)
    found = measure(traced, GIVEN)
    assert found.groundedness == 0.5
    assert found.coverage == pytest.approx(2 / 3)
    assert found.weakest == 0.0  # Cleo speaks for herself and is in nothing
    assert found.by_person == {"ana": 1.0, "ben": 1.0, "cleo": 0.0}
    assert found.uncited == ("i3",)


def test_who_is_only_in_a_sentence_that_others_reworded_is_not_covered() -> None:
    found = measure(trace(["Buses might run on Sundays."], [BUSES], GIVEN), GIVEN)
    assert (found.groundedness, found.coverage) == (0.0, 0.0)


def test_who_gave_much_is_one_person() -> None:
    many = {f"a{at}": GivenText(f"a{at}", "ana", None, f"Point {at} of mine.") for at in range(9)}
    given = {**many, "i2": BEN}
    texts = [accepted("Point.", cite(many["a0"], "Point 0 of mine"))]
    found = measure(trace(["Point."], texts, given), given)
    assert found.coverage == 0.5
    assert found.by_person["ana"] == pytest.approx(1 / 9)


def test_a_group_of_which_half_is_heard_is_half_covered() -> None:
    given = {"i1": ANA, "i2": BEN}
    found = measure(trace([BUSES.text], [BUSES], given), given)
    assert (found.coverage, found.weakest) == (0.5, 0.5)


def test_nothing_to_count_is_no_number() -> None:
    found = measure([], {})
    assert (found.groundedness, found.coverage, found.weakest) == (None, None, None)


words = st.sampled_from(["Buses run.", "Cars go.", "No cars.", "Keep it."])


@given(st.lists(words), st.lists(st.tuples(words, st.sampled_from(list(GIVEN))), max_size=5))
def test_shares_are_shares_and_never_grow_by_forgetting_an_input(
    sentences: list[str], cited: list[tuple[str, str]]
) -> None:
    texts = [
        AcceptedText(f"s{at}", text, False, (cite(GIVEN[ident], GIVEN[ident].text),))
        for at, (text, ident) in enumerate(cited)
    ]
    found = measure(trace(sentences, texts, GIVEN), GIVEN)
    for share in (found.groundedness, found.coverage, found.weakest):
        assert share is None or 0 <= share <= 1
    less = {ident: one for ident, one in GIVEN.items() if ident != "i1"}
    after = measure(trace(sentences, texts, less), less)
    assert (after.groundedness or 0) <= (found.groundedness or 0)
    if found.coverage is not None and found.weakest is not None:
        assert found.weakest <= found.coverage


def test_an_anonymous_quote_hides_among_those_who_chose_that() -> None:
    assert hidden_among([]) == 0
    permissions = [("ana", "anonymous"), ("ana", "anonymous"), ("ben", "named"), ("cleo", "never")]
    assert hidden_among(permissions) == 1
    assert hidden_among([*permissions, ("ben", "anonymous")]) == 2
