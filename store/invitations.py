"""Capability links into a session. Only their fingerprints are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import participants
from store.errors import Conflict, NotFound
from store.ids import fingerprint, new_id, new_secret, now
from store.models import Invitation, Participant
from store.participants import Role


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation and its secret, which exists only now and in the link."""

    invitation: Invitation
    secret: str


def add(
    session: Session, *, session_id: str, email: str | None, role: Role, lifetime: timedelta
) -> NewInvitation:
    """Make an invitation."""
    secret = new_secret()
    made = Invitation(
        id=new_id(),
        session_id=session_id,
        email=email,
        role=role.value,
        token_hash=fingerprint(secret),
        created_at=now(),
        expires_at=now() + lifetime,
        revoked_at=None,
    )
    session.add(made)
    session.flush()
    return NewInvitation(made, secret)


def get(session: Session, ident: str, *, session_id: str) -> Invitation:
    """
    Return an invitation of a session.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Invitation, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("invitation")
    return found


def of_session(
    session: Session, session_id: str
) -> Sequence[tuple[Invitation, Participant | None]]:
    """Return a session's invitations with who joined by them, in the order of making."""
    query = (
        select(Invitation, Participant)
        .outerjoin(Participant, Participant.invitation_id == Invitation.id)
        .where(Invitation.session_id == session_id)
        .order_by(Invitation.created_at)
    )
    return [(invitation, person) for invitation, person in session.execute(query)]


def open_one(session: Session, secret: str, *, at: datetime) -> Invitation:
    """
    Return the invitation a link carries. Changes nothing: mail scanners open links too.

    Raises:
        NotFound: If there is none (or it was reissued since).
        Conflict: If it was revoked (`invitation-revoked`) or has expired at `at` (`invitation-expired`).
    """
    query = select(Invitation).where(Invitation.token_hash == fingerprint(secret))
    found = session.scalar(query)
    if found is None:
        raise NotFound("invitation")
    if found.revoked_at is not None:
        raise Conflict("invitation-revoked", "this invitation was taken back")
    if found.expires_at <= at:
        raise Conflict("invitation-expired", "this invitation has expired")
    return found


def join(session: Session, secret: str, name: str, *, at: datetime) -> Participant:
    """
    Return the invitation's participant, made now if this is the first time.

    Raises:
        NotFound, Conflict: As `open_one`.
    """
    invitation = open_one(session, secret, at=at)
    person = participants.by_invitation(session, invitation.id)
    if person is None:
        return participants.add(
            session,
            session_id=invitation.session_id,
            name=name,
            role=Role(invitation.role),
            invitation_id=invitation.id,
        )
    person.name = name
    return person


def reissue(session: Session, ident: str, *, session_id: str, lifetime: timedelta) -> NewInvitation:
    """
    Give an invitation a new link; the old one is dead, who joined by it stays.

    Raises:
        NotFound: If there is none.
    """
    found = get(session, ident, session_id=session_id)
    secret = new_secret()
    found.token_hash = fingerprint(secret)
    found.expires_at = now() + lifetime
    found.revoked_at = None
    person = participants.by_invitation(session, found.id)
    if person is not None:
        person.removed_at = None
    return NewInvitation(found, secret)


def revoke(session: Session, ident: str, *, session_id: str) -> Participant | None:
    """
    Take an invitation back; return who is out because of it.

    Raises:
        NotFound: If there is none.
    """
    found = get(session, ident, session_id=session_id)
    found.revoked_at = now()
    person = participants.by_invitation(session, found.id)
    if person is not None:
        person.removed_at = now()
    return person
