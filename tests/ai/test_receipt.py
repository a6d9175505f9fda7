"""`ai.receipt`: every point of everybody went somewhere."""

from __future__ import annotations

import pytest

from ai.measures import AcceptedText, Citation, GivenText, trace
from ai.receipt import Fate, Point, Proposed, receipt

MINE = GivenText("i1", "ana", None, "Buses must run on Sundays. No cars in town. Keep the market.")
GIVEN = {"i1": MINE}
UNUSED = "The last run proposed nothing from it."


def cite(passage: str, *, disputed: bool = False) -> Citation:
    start = MINE.text.index(passage)
    return Citation(f"c{start}", "i1", start, start + len(passage), passage, disputed)


def proposed(status: str, citation: Citation, reason: str | None = None) -> Proposed:
    return Proposed("s1", "Buses run.", status, reason, (citation,))


def fates(*proposals: Proposed, statement: tuple[str, ...] = (), own: bool = False) -> list[Point]:
    accepted = [
        AcceptedText(one.suggestion, one.text, own, one.citations)
        for one in proposals
        if one.status == "accepted"
    ]
    traced = trace(statement, accepted, GIVEN)
    return receipt([MINE], traced, proposals, unused=UNUSED)


BUSES = cite("Buses must run on Sundays")


def test_every_sentence_is_a_point_and_says_where_it_went() -> None:
    points = fates(proposed("accepted", BUSES), statement=("Buses run.",))
    assert [one.text for one in points] == [
        "Buses must run on Sundays.",
        "No cars in town.",
        "Keep the market.",
    ]
    assert [one.fate for one in points] == [Fate.IN_TEXT, Fate.NOT_USED, Fate.NOT_USED]
    assert points[0].uses[0].text == "Buses run."
    assert points[0].reason is None
    assert points[1].reason == UNUSED
    assert MINE.text[points[1].start : points[1].end] == points[1].text


@pytest.mark.parametrize(
    ("proposal", "statement", "fate", "reason"),
    [
        (proposed("open", BUSES), (), Fate.PROPOSED, None),
        (
            proposed("open", cite("Buses must run on Sundays", disputed=True)),
            (),
            Fate.DISPUTED,
            None,
        ),
        (proposed("rejected", BUSES, "Too dear."), (), Fate.REJECTED, "Too dear."),
        (proposed("rejected", BUSES), (), Fate.REJECTED, "Nobody said why."),
        (proposed("stale", BUSES), (), Fate.NOT_USED, UNUSED),
        (proposed("withdrawn", BUSES), (), Fate.NOT_USED, UNUSED),
        (proposed("accepted", BUSES), (), Fate.NOT_USED, UNUSED),  # somebody deleted it since
        (proposed("accepted", BUSES), ("Buses often run.",), Fate.IN_TEXT_EDITED, None),
        (
            proposed("accepted", cite("Buses must run on Sundays", disputed=True)),
            ("Buses run.",),
            Fate.DISPUTED,
            None,
        ),
    ],
)
def test_a_point_went_where_its_citation_went(
    proposal: Proposed, statement: tuple[str, ...], fate: Fate, reason: str | None
) -> None:
    point = fates(proposal, statement=statement)[0]
    assert (point.fate, point.reason) == (fate, reason)


def test_a_passage_over_two_sentences_is_two_points() -> None:
    both = cite("Sundays. No cars")
    points = fates(proposed("open", both))
    assert [one.fate for one in points] == [Fate.PROPOSED, Fate.PROPOSED, Fate.NOT_USED]


def test_in_the_text_is_better_than_rejected_elsewhere() -> None:
    points = fates(
        proposed("rejected", BUSES, "No."), proposed("accepted", BUSES), statement=("Buses run.",)
    )
    assert points[0].fate is Fate.IN_TEXT
