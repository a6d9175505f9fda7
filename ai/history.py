"""
The deliberation as the audit tells it. The audit, with the ballots, is the one record: the state is replayed from it.

Events are written in the transaction of the deed; `sessions.phase` repeats what they say, for whoever lists sessions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from ai.deliberation import (
    EVENTS,
    BallotCast,
    Deliberation,
    Event,
    PollClosed,
    PollVoided,
    RankingCast,
    RoundClosed,
    read_event,
)
from ai.rules import Choice
from store import audit, ballots, polls, rounds, sessions
from store.models import AuditEntry, Ballot, DeliberationSession


def load(session: Session, session_id: str) -> Deliberation:
    """
    Return where a session stands. In a writing transaction nobody else moves it meanwhile.

    Raises:
        NotFound: If there is no such session.
    """
    sessions.get(session, session_id)
    session.get_one(DeliberationSession, session_id, with_for_update=True)
    cast = ballots.of_session(session, session_id)
    state = Deliberation()
    for entry in audit.entries(session, session_id, EVENTS):
        event = read_event(entry.action, entry.details, **_secret(entry, cast))
        assert event is not None
        state = state.apply(event)
    return state


def record(
    session: Session, session_id: str, state: Deliberation, events: Iterable[Event], *, actor: str
) -> Deliberation:
    """
    Write what happened, and what follows from it for the rows; return the new state.

    Args:
        actor: Who did it: a participant's id or ``server``.
    """
    for event in events:
        details = event.details()
        subject = details.get("poll") or details.get("round")
        doer = "server" if isinstance(event, PollClosed) else actor  # the rule did it
        audit.record(session, event.ACTION, actor=doer, of=session_id, subject=subject, **details)
        state = state.apply(event)
        if isinstance(event, PollClosed | PollVoided):
            polls.end(session, event.poll)
        if isinstance(event, RoundClosed):
            rounds.end(session, event.round)
    sessions.get(session, session_id).phase = state.phase.value
    session.flush()
    return state


def _secret(entry: AuditEntry, cast: dict[str, Ballot]) -> dict[str, Any]:
    if entry.action == BallotCast.ACTION:
        return {"voter": entry.actor, "choice": Choice(cast[entry.details["ballot"]].choice or "")}
    if entry.action == RankingCast.ACTION:
        ranking = cast[entry.details["ballot"]].ranking or []
        return {"voter": entry.actor, "ranking": tuple(tuple(tier) for tier in ranking)}
    return {}
