"""The bot's runs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from store import erasures
from store.errors import Conflict, NotFound
from store.ids import new_id, now
from store.models import Critique, Run


class RunStatus(StrEnum):
    """How a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Trigger(StrEnum):
    """What set a run off."""

    FACILITATOR = "facilitator"
    CRITIQUE = "critique"
    CANDIDATES = "candidates"  #: a round is being prepared (`ai.rounds`)
    ROUND = "round"  #: the winner of a round becomes suggestions


#: Runs that are steps of a round.
OF_ROUNDS = (Trigger.CANDIDATES.value, Trigger.ROUND.value)

UNDER_WAY = (RunStatus.QUEUED.value, RunStatus.RUNNING.value)


def add(
    session: Session, *, session_id: str, mode: str, model: str | None, trigger: Trigger
) -> Run:
    """
    Make a run.

    Raises:
        Conflict: If one of the session is under way (`run-in-progress`), or an input is being erased (`erasing`).
    """
    erasures.check_none_under_way(session, session_id)
    if under_way(session, session_id) is not None:
        raise Conflict("run-in-progress", "the bot is at work already; wait until it is done")
    made = Run(
        id=new_id(),
        session_id=session_id,
        status=RunStatus.QUEUED.value,
        mode=mode,
        model=model,
        trigger=trigger.value,
        step="queued",
        sentence=0,
        of=None,
        message="",
        usage=None,
        created_at=now(),
        ended_at=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str | None = None) -> Run:
    """
    Return a run.

    Raises:
        NotFound: If there is none, or not in this session.
    """
    found = session.get(Run, ident)
    if found is None or session_id not in (None, found.session_id):
        raise NotFound("run")
    return found


def under_way(session: Session, session_id: str) -> Run | None:
    """Return the run of a session that has not ended."""
    query = select(Run).where(Run.session_id == session_id, Run.status.in_(UNDER_WAY))
    return session.scalar(query)


def latest(session: Session, session_id: str) -> Run | None:
    """Return the newest run of a session."""
    query = select(Run).where(Run.session_id == session_id).order_by(Run.created_at.desc())
    return session.scalar(query.limit(1))


def untouched_critiques(session: Session) -> Sequence[str]:
    """Return the sessions that have a critique newer than their last run."""
    last = (
        select(func.max(Run.created_at))
        .where(Run.session_id == Critique.session_id)
        .scalar_subquery()
    )
    query = (
        select(Critique.session_id)
        .where(Critique.resolved_at.is_(None), or_(last.is_(None), Critique.created_at > last))
        .distinct()
    )
    return session.scalars(query).all()


def not_ended(session: Session) -> Sequence[Run]:
    """Return every run that has not ended, of all sessions."""
    return session.scalars(select(Run).where(Run.status.in_(UNDER_WAY))).all()


def advance(session: Session, ident: str, /, **fields: Any) -> Run:
    """Set `status`, `step`, `sentence`, `of`, `message`, `usage`; ending sets the time too."""
    run = get(session, ident)
    for name, value in fields.items():
        setattr(run, name, value)
    if run.status not in UNDER_WAY and run.ended_at is None:
        run.ended_at = now()
    session.flush()
    return run
