"""Deliberations."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from store.errors import Conflict, NotFound
from store.ids import new_id, now
from store.models import (
    Critique,
    DeliberationSession,
    Document,
    Input,
    Interview,
    Participant,
)


class Type(StrEnum):
    """What a deliberation is about."""

    CLIMATE = "climate"
    STRATEGIC_PLANNING = "strategic_planning"
    PROCUREMENT = "procurement"
    MERGER = "merger"
    OTHER = "other"


class Phase(StrEnum):
    """How far it has come."""

    GATHERING = "gathering"
    DRAFTING = "drafting"
    REFINING = "refining"
    DECIDING = "deciding"
    AGREED = "agreed"


#: Phases in which the statement does not change.
FROZEN = frozenset({Phase.DECIDING.value, Phase.AGREED.value})


def add(
    session: Session,
    *,
    facilitator_id: str,
    title: str,
    question: str,
    type_: Type,
    facilitator_reads_inputs: bool,
    external_ai: bool = True,
) -> DeliberationSession:
    """Make a deliberation in its first phase."""
    made = DeliberationSession(
        id=new_id(),
        facilitator_id=facilitator_id,
        title=title,
        question=question,
        type=type_.value,
        phase=Phase.GATHERING.value,
        facilitator_reads_inputs=facilitator_reads_inputs,
        external_ai=external_ai,
        created_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str) -> DeliberationSession:
    """
    Return a deliberation.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(DeliberationSession, ident)
    if found is None:
        raise NotFound("session")
    return found


def allows_external_ai(session: Session, ident: str) -> bool:
    """Whether what is given in a deliberation may be sent to models of other servers."""
    return get(session, ident).external_ai


def is_in_use(session: Session, ident: str) -> bool:
    """Whether anybody has ever given something: on what they were told then others may not go back."""
    return any(
        session.scalar(select(exists().where(kind.session_id == ident)))
        for kind in (Input, Document, Critique, Interview)
    )


def set_privacy(
    session: Session,
    ident: str,
    *,
    facilitator_reads_inputs: bool | None = None,
    external_ai: bool | None = None,
) -> dict[str, bool]:
    """
    Change who reads what people give; return what is new.

    External AI can be forbidden at any time.

    Raises:
        Conflict: If somebody has given something on other terms (`settings-locked`).
    """
    row = get(session, ident)
    wanted = {"facilitator_reads_inputs": facilitator_reads_inputs, "external_ai": external_ai}
    new = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(row, name)
    }
    if new not in ({}, {"external_ai": False}) and is_in_use(session, ident):
        raise Conflict(
            "settings-locked",
            "somebody has given something already, and was told who reads it, so that stays as it is; "
            "external AI can still be forbidden",
        )
    for name, value in new.items():
        setattr(row, name, value)
    session.flush()
    return new


def of_facilitator(session: Session, facilitator_id: str) -> Sequence[DeliberationSession]:
    """Return the deliberations a facilitator made, the newest first."""
    query = (
        select(DeliberationSession)
        .where(DeliberationSession.facilitator_id == facilitator_id)
        .order_by(DeliberationSession.created_at.desc())
    )
    return session.scalars(query).all()


def of_people(session: Session, participants: Sequence[str]) -> Sequence[DeliberationSession]:
    """Return the deliberations that these participants are in, the newest first."""
    query = (
        select(DeliberationSession)
        .join(Participant, Participant.session_id == DeliberationSession.id)
        .where(Participant.id.in_(participants), Participant.removed_at.is_(None))
        .order_by(DeliberationSession.created_at.desc())
        .distinct()
    )
    return session.scalars(query).all()
