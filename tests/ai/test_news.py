"""`ai.news`: what is told of what others did, and what never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ai.deliberation import EVENTS
from ai.news import ACTIONS, Kind, Known, News, news
from ai.rules import Outcome
from store.ids import now
from store.models import AuditEntry

START = now()
NAMES = {"ana": "Ana", "ben": "Ben", "cleo": "Cleo"}


def entry(
    action: str, actor: str = "ben", subject: str | None = None, **details: Any
) -> tuple[str, str, str | None, dict[str, Any]]:
    return action, actor, subject, details


def told(*deeds: tuple[str, str, str | None, dict[str, Any]], **known: Any) -> list[News]:
    entries = [
        AuditEntry(
            id=at, at=START + timedelta(seconds=at), action=action, actor=actor,
            subject=subject, details=details,
        )
        for at, (action, actor, subject, details) in enumerate(deeds, 1)
    ]  # fmt: skip
    return news(entries, reader="ana", known=Known(names=NAMES, **known))


def brief(found: list[News]) -> list[tuple[Any, ...]]:
    return [(one.kind, one.count, one.people) for one in found]


def test_things_of_a_kind_are_one_item_with_everybody_who_did_them_and_the_latest_comes_first() -> (
    None
):
    found = told(
        entry("suggestion.accepted", "ben", "s1"),
        entry("critique.given", "cleo", "c1", visibility="open"),
        entry("suggestion.accepted", "cleo", "s2"),
        entry("suggestion.accepted", "ben", "s3"),
    )
    assert brief(found) == [(Kind.ACCEPTED, 3, ("Ben", "Cleo")), (Kind.COMMENTS, 1, ("Cleo",))]
    assert [one.at for one in found] == [START + timedelta(seconds=at) for at in (4, 2)]


def test_what_one_did_oneself_is_no_news() -> None:
    assert told(
        entry("suggestion.accepted", "ana", "s1"),
        entry("session.moved", "ana", before="gathering", after="drafting"),
        entry("poll.opened", "ana", "p1", poll="p1"),
    ) == []  # fmt: skip


def test_private_things_are_told_to_nobody() -> None:
    found = told(
        entry("critique.given", "ben", "c1", visibility="private"),
        entry("critique.resolved", "ben", "c1"),
        entry("ballot.cast", "ben", "p1", poll="p1", ballot="b"),
        entry("ranking.cast", "ben", "r1", round="r1", ballot="b"),
        entry("document.given", "ben", "d1", bytes=5),
        entry("dissent.written", "a participant", "n1"),
        entry("participant.consented", "ben"),
        entry("participant.delegated", "ben"),
        entry("citation.disputed", "ben"),
    )
    assert found == []


def test_inputs_and_notes_are_counted_without_their_authors() -> None:
    found = told(
        entry("input.given", "ben", "i1"),
        entry("input.given", "cleo", "i2"),
        entry("dissent.written", "ben", "n1"),
        others_notes={"n1"},
    )
    assert brief(found) == [(Kind.NOTES, 1, ()), (Kind.INPUTS, 2, ())]


def test_comments_of_the_reader_that_were_settled_and_documents_all_may_read_are_told() -> None:
    found = told(
        entry("document.given", "cleo", "d1"),
        entry("critique.resolved", "ben", "c1"),
        entry("critique.resolved", "ben", "c2"),
        mine={"c1"},
        documents={"d1"},
    )
    assert brief(found) == [(Kind.RESOLVED, 1, ("Ben",)), (Kind.DOCUMENTS, 1, ("Cleo",))]


def test_suggestions_are_counted_by_run_and_a_run_that_proposed_nothing_is_no_news() -> None:
    found = told(
        entry("run.done", "bot", "r1"),
        entry("run.done", "bot", "r2"),
        entry("run.done", "bot", "r3"),
        suggested={"r1": 3, "r3": 1},
    )
    assert brief(found) == [(Kind.SUGGESTED, 4, ())]


def test_somebody_who_comes_by_another_device_has_not_joined() -> None:
    found = told(
        entry("participant.joined", "ben"),
        entry("participant.joined", "cleo"),
        entry("participant.joined", "cleo"),
        before={"ben"},
    )
    assert brief(found) == [(Kind.JOINED, 1, ("Cleo",))]


def test_of_rounds_and_polls_the_last_is_told_and_of_phases_where_they_led() -> None:
    found = told(
        entry("session.moved", before="gathering", after="drafting"),
        entry("round.opened", "bot", "r1", round="r1"),
        entry("round.closed", "server", "r1", round="r1", winner="c"),
        entry("session.moved", before="drafting", after="refining"),
        entry("rule.set"),
        entry("secrecy.set"),
        entry("poll.opened", "ben", "p1", poll="p1"),
        entry("poll.voided", "ben", "p1", poll="p1", why="reopened", after="refining"),
        entry("poll.opened", "ben", "p2", poll="p2"),
        entry("poll.closed", "server", "p2", poll="p2", outcome="agreed"),
        entry("poll.opened", "ben", "p3", poll="p3"),
        numbers={"r1": 1, "p1": 1, "p2": 2, "p3": 3},
    )
    assert [(one.kind, one.number, one.outcome, one.phase) for one in found] == [
        (Kind.POLL_OPENED, 3, None, None),
        (Kind.POLL_CLOSED, 2, Outcome.AGREED, None),
        (Kind.POLL_CLOSED, 1, Outcome.VOID, None),
        (Kind.RULE, None, None, None),
        (Kind.MOVED, None, None, "refining"),
        (Kind.ROUND_CLOSED, 1, None, None),
    ]


def test_the_way_there_and_back_is_no_news() -> None:
    assert told(
        entry("session.moved", before="drafting", after="refining"),
        entry("session.moved", before="refining", after="drafting"),
    ) == []  # fmt: skip


@pytest.mark.parametrize("action", sorted(set(EVENTS) - {"ballot.cast", "ranking.cast"}))
def test_every_step_of_a_deliberation_but_votes_can_be_news(action: str) -> None:
    assert action in ACTIONS
