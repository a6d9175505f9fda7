"""`ai.candidates`: several texts to choose from, the one that stands among them, nobody forgotten."""

from __future__ import annotations

import json

import pytest

from ai import candidates as making
from ai.candidates import STATUS_QUO, STYLES, Candidate
from ai.claims import Claim, own_sentences
from ai.drafting import Citation, Draft
from ai.errors import ModelError
from ai.material import GivenInput, Material, StandingSentence
from collab.suggestions import Kind

PEOPLE = {
    "ana": "Buses must run on Sundays.",
    "ben": "No cars in the old town.",
    "cleo": "Keep the market where it is.",
}
INPUTS = tuple(
    GivenInput(f"i-{name}", "x", name, None, True, text) for name, text in PEOPLE.items()
)
CLAIMS = own_sentences(INPUTS)


def sentence(alias: str, text: str, paragraph: int) -> StandingSentence:
    return StandingSentence(alias, text, paragraph, {}, {})


S1, S2, S3 = (
    sentence("s1", "One.", 1),
    sentence("s2", "Two.", 1),
    sentence("s3", "Three.", 2),
)
MATERIAL = Material("How?", INPUTS, (S1, S2, S3), (), (), {})


def draft(
    text: str, kind: Kind = Kind.SENTENCE, target: StandingSentence | None = None, who: int = 0
) -> Draft:
    return Draft(kind, target, text, (CLAIMS[who].citation,), "r")


def read(*lines: object) -> Candidate:
    _, known = making.ask(MATERIAL, CLAIMS, style="neutral", seed="s", max_tokens=99)
    text = "\n".join(json.dumps(one) for one in lines)
    return making.read(text, MATERIAL, known, author="A", style="neutral")


def add(cites: list[str], text: str = "We want buses.") -> dict[str, object]:
    return {"do": "add", "after": "s1", "text": text, "cites": cites, "reason": ""}


END = {"do": "end"}


def test_a_candidate_cites_points_by_id_and_gets_their_words() -> None:
    _, known = making.ask(MATERIAL, CLAIMS, style="neutral", seed="s", max_tokens=99)
    alias, claim = next(iter(known.items()))
    made = read(add([alias]), END)
    assert made.drafts[0].citations == (claim.citation,)
    assert made.drafts[0].target == S1


def test_what_cites_nothing_known_is_left_out_with_the_reason() -> None:
    made = read(add(["zzz"]), add([]), END)
    assert made.drafts == ()
    assert len(made.left_out) == 2


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [add(["x"])],
        [END, END],
        [{"do": "dance"}, END],
        [{"do": "replace", "sentence": "s9", "text": "x", "cites": ["x"]}, END],
        [add(["x"])] * 40,
    ],
)
def test_an_answer_without_end_or_of_another_form_is_no_candidate(lines: list[object]) -> None:
    with pytest.raises(ModelError):
        read(*lines)


def test_every_candidate_sees_the_points_in_an_order_and_with_ids_of_its_own() -> None:
    seen = []
    for at, style in enumerate(STYLES):
        prompt, known = making.ask(MATERIAL, CLAIMS, style=style, seed=f"s {at}", max_tokens=99)
        again, _ = making.ask(MATERIAL, CLAIMS, style=style, seed=f"s {at}", max_tokens=99)
        assert prompt == again
        seen.append((tuple(known), tuple(one.person for one in known.values())))
        assert style not in prompt.content
    assert len({ids for ids, _ in seen}) == len(STYLES)
    assert len({order for _, order in seen}) > 1


def test_points_without_words_of_their_own_are_not_shown() -> None:
    """Who allows no quotes and was not read by a model: nothing of theirs may reach the candidate."""
    secret = GivenInput("i", "x", "dora", None, False, "Nobody may read this.")
    prompt, _ = making.ask(
        MATERIAL, own_sentences([secret]), style="neutral", seed="s", max_tokens=9
    )
    assert "read this" not in prompt.content


def test_a_generator_that_ignores_the_minority_gives_them_a_place() -> None:
    majority = Candidate("A", "neutral", (draft("Buses run."),))
    made = making.give_places(majority, CLAIMS, MATERIAL)
    assert made.added == 2
    assert [one.text for one in made.drafts[1:]] == [
        "One participant says: “No cars in the old town.”",
        "One participant says: “Keep the market where it is.”",
    ]
    assert (made.left_out, made.unheard) == ((), 0)
    again = making.give_places(made, CLAIMS, MATERIAL)
    assert (again.drafts, again.added) == (made.drafts, 0)


def test_who_cannot_be_quoted_or_has_no_room_is_counted_as_left_out() -> None:
    others = own_sentences(
        [GivenInput(f"i{n}", "x", f"p{n}", None, True, f"I want thing {n}.") for n in range(9)]
    )
    dora = Claim("dora", "for", "x", Citation("d", 0, 1, None, None), False)
    made = making.give_places(Candidate("A", "neutral", ()), [dora, *others], MATERIAL)
    assert made.added == making.GUARANTEED_PLACES
    assert made.unheard == 6


def test_a_candidate_reads_as_the_statement_would() -> None:
    text = making.rendered(
        MATERIAL,
        [
            draft("Zero.", Kind.SENTENCE),
            draft("Uno.", Kind.REPLACE, S1),
            draft("One and a half.", Kind.SENTENCE, S1),
            draft("New line.", Kind.PARAGRAPH, S3),
            draft("And more.", Kind.SENTENCE, S3),
        ],
    )
    assert text.split("\n") == [
        "Zero. Uno. One and a half. Two.",
        "Three.",
        "New line. And more.",
    ]


def test_the_statement_as_it_stands_is_always_a_candidate_and_doubles_are_one() -> None:
    one = Candidate("A", "neutral", (draft("New.", target=S3),))
    double = Candidate("A", "minimal", (draft("new.", target=S3),))
    nothing = Candidate("A", "concrete", ())
    found = making.distinct(MATERIAL, [one, double, nothing])
    assert [made.style for made in found] == [STATUS_QUO, "neutral"]


def test_an_empty_candidate_is_none() -> None:
    """The reference keeps '' as a candidate when its retries are used up."""
    empty = Material("How?", INPUTS, (), (), (), {})
    found = making.distinct(empty, [Candidate("A", "neutral", ())])
    assert [one.style for one in found] == [STATUS_QUO]


def test_ids_say_nothing_and_do_not_run_out_at_26() -> None:
    found = making.aliases(500, seed="s")
    assert len(set(found)) == 500
    assert found[:3] != making.aliases(3, seed="t")
    assert all(len(one) == 3 for one in found)
