"""Deliberations."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id, now
from store.models import DeliberationSession, Participant


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
