"""Who is in a session, and in which role."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id, now
from store.models import Participant


class Role(StrEnum):
    """What somebody may do in a session."""

    FACILITATOR = "facilitator"
    PARTICIPANT = "participant"
    OBSERVER = "observer"  #: reads, and changes nothing

    @property
    def may_write(self) -> bool:
        """Whether this role may change the statement."""
        return self is not Role.OBSERVER


def add(
    session: Session,
    *,
    session_id: str,
    name: str,
    role: Role,
    invitation_id: str | None = None,
    facilitator_id: str | None = None,
) -> Participant:
    """Let somebody in."""
    made = Participant(
        id=new_id(),
        session_id=session_id,
        invitation_id=invitation_id,
        facilitator_id=facilitator_id,
        name=name,
        role=role.value,
        joined_at=now(),
        removed_at=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Participant:
    """
    Return a participant of a session who is still in it.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Participant, ident)
    if found is None or found.session_id != session_id or found.removed_at is not None:
        raise NotFound("participant")
    return found


def of_session(session: Session, session_id: str) -> Sequence[Participant]:
    """Return who is in a session, in the order of joining."""
    query = (
        select(Participant)
        .where(Participant.session_id == session_id, Participant.removed_at.is_(None))
        .order_by(Participant.joined_at)
    )
    return session.scalars(query).all()


def voters(session: Session, session_id: str, *, facilitators: bool) -> dict[str, str | None]:
    """Return who would be asked in a poll now, and the delegation each speaks for."""
    asked = {Role.PARTICIPANT.value} | ({Role.FACILITATOR.value} if facilitators else set())
    return {
        person.id: person.delegation
        for person in of_session(session, session_id)
        if person.role in asked
    }


def names(session: Session, session_id: str) -> dict[str, str]:
    """Return the name of everybody who is or was in a session, by id."""
    query = select(Participant.id, Participant.name).where(Participant.session_id == session_id)
    return dict(session.execute(query).all())


def of_facilitator(session: Session, session_id: str, facilitator_id: str) -> Participant | None:
    """Return who a facilitator is in a session they made."""
    query = select(Participant).where(
        Participant.session_id == session_id,
        Participant.facilitator_id == facilitator_id,
        Participant.removed_at.is_(None),
    )
    return session.scalar(query)


def by_invitation(session: Session, invitation_id: str) -> Participant | None:
    """Return who joined by an invitation, if somebody did."""
    return session.scalar(select(Participant).where(Participant.invitation_id == invitation_id))
