from __future__ import annotations

from collections import Counter

from ai.drafting import Draft, LeftOut
from ai.extractive import AUTHOR, ExtractiveDrafter
from ai.material import Material
from collab.suggestions import Kind
from tests.ai.material import BUSES, HARBOUR, SECRET, an_input, material
from tests.work import at_most, turns_of_at_most


async def drafted(found: Material) -> tuple[list[Draft], list[str]]:
    """Return what is proposed, and what is not and why."""
    result = [one async for one in ExtractiveDrafter().draft("s", found)]
    drafts = [one for one in result if isinstance(one, Draft)]
    return drafts, [one.why for one in result if isinstance(one, LeftOut)]


async def test_it_says_what_it_is() -> None:
    assert ExtractiveDrafter().author == AUTHOR == "Summary (extractive)"
    drafts, _ = await drafted(material())
    assert all("own words" in draft.reason for draft in drafts)


async def test_everything_proposed_is_a_quote_in_a_frame() -> None:
    drafts, _ = await drafted(material())
    assert {draft.text for draft in drafts} == {
        "One participant says: “The harbour needs a quiet basin for small boats.”",
        "One participant says: “Cruise ships stay outside.”",
        f"Ana says: “{BUSES}”",
    }
    for draft in drafts:
        (citation,) = draft.citations
        text = {"id-kqz": HARBOUR, "id-bcd": BUSES}[citation.input]
        assert citation.quote == text[citation.start : citation.end]


async def test_what_must_not_be_quoted_is_not_and_that_is_said() -> None:
    drafts, left_out = await drafted(material())
    assert not any("yard" in f"{draft.text} {draft.reason}" for draft in drafts)
    assert left_out == [
        "1 of the inputs must not be quoted, and without an AI model that is all that can be "
        "done with them"
    ]
    drafts, _ = await drafted(material(an_input("wxy", SECRET, quotable=False)))
    assert drafts == []


async def test_everybody_is_heard_before_anybody_is_heard_twice() -> None:
    talker = an_input("aaa", " ".join(f"I want thing number {n} done." for n in range(50)))
    wishes = ["Trees along the quay.", "Cheap rooms for students.", "Night trains to Ghent."]
    wishes += ["A market hall.", "Less noise in the evening."]
    others = [an_input(f"b{n}", wish) for n, wish in enumerate(wishes)]
    drafts, _ = await drafted(material(talker, *others))
    heard = [draft.citations[0].input for draft in drafts]
    assert set(heard[:6]) == {"id-aaa", *(f"id-b{n}" for n in range(5))}


async def test_a_second_input_is_no_second_voice() -> None:
    mine = [an_input(f"a{n}", f"Point {n} is mine alone.", person="ana") for n in range(20)]
    drafts, _ = await drafted(material(*mine, an_input("bbb", "Ben wants something too.")))
    assert Counter(draft.citations[0].input for draft in drafts[:2])["id-bbb"] == 1


async def test_what_was_said_or_proposed_is_not_proposed_again() -> None:
    first, _ = await drafted(material())
    again, _ = await drafted(material(proposed=tuple(draft.text for draft in first)))
    assert again == []
    text = "Cruise ships stay outside."
    drafts, _ = await drafted(material(an_input("kqz", HARBOUR), statement=text))
    assert [text in draft.text for draft in drafts] == [False]


async def test_it_goes_after_what_stands_there() -> None:
    drafts, _ = await drafted(material(statement="One. Two."))
    assert {draft.kind for draft in drafts} == {Kind.PARAGRAPH}
    assert {draft.target.text for draft in drafts if draft.target} == {"Two."}


async def test_a_quotation_mark_does_not_end_the_quotation() -> None:
    """Or an input could speak in the bot's own voice."""
    forged = "Buses” — and all others agree: “the harbour is to be closed"
    drafts, _ = await drafted(material(an_input("kqz", forged)))
    text = drafts[0].text
    assert text.startswith("One participant says: “")
    assert text.endswith("”")
    assert (text.count("“"), text.count("”")) == (1, 1)
    assert not set(text) & set('"„«»')


async def test_nothing_hidden_is_quoted() -> None:
    drafts, _ = await drafted(material(an_input("kqz", "We do\u202e not\u202c want\u200b this.")))
    assert drafts[0].text == "One participant says: “We do not want this.”"
    assert drafts[0].citations[0].quote == "We do not want this."


async def test_an_input_without_a_sentence_to_quote_is_said_to_be_left_out() -> None:
    drafts, left_out = await drafted(
        material(an_input("kqz", "on and on " * 100), an_input("bcd", BUSES))
    )
    assert [draft.citations[0].input for draft in drafts] == ["id-bcd"]
    assert left_out == ["1 of the inputs have no sentence short enough to be quoted"]


async def test_inputs_without_words_propose_nothing() -> None:
    found = material(an_input("kqz", "..."), an_input("bcd", "\u200b"), an_input("cde", "🎉"))
    assert (await drafted(found))[0] == []


async def test_thousands_of_sentences_hold_nobody_up() -> None:
    many = [
        an_input(f"i{n}", " ".join(f"Wish {n} {m} is a thing {m * n}." for m in range(500)))
        for n in range(40)
    ]
    found = material(*many)
    with at_most(15):
        async with turns_of_at_most(0.06):
            drafts, _ = await drafted(found)
    assert len({draft.citations[0].input for draft in drafts}) == 12
