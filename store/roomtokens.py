"""Credentials for other Yjs clients of a room: expiring, revocable, kept as fingerprints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import fingerprint, new_id, new_secret, now
from store.models import Participant, RoomToken
from store.participants import Role


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which exists only now and with who asked for it."""

    token: RoomToken
    secret: str


def add(
    session: Session,
    *,
    session_id: str,
    made_by: str,
    role: Role,
    subject: str,
    name: str,
    lifetime: timedelta,
) -> NewToken:
    """Make a token. `subject` stays the same over renewals, so the same person goes on writing."""
    secret = new_secret()
    made = RoomToken(
        id=new_id(),
        session_id=session_id,
        made_by=made_by,
        token_hash=fingerprint(secret),
        role=role.value,
        subject=subject,
        name=name,
        created_at=now(),
        expires_at=now() + lifetime,
        revoked_at=None,
    )
    session.add(made)
    session.flush()
    return NewToken(made, secret)


def by_secret(session: Session, secret: str, *, at: datetime) -> RoomToken:
    """
    Return the token of a secret, if it is good at `at`, and its maker still in the session.

    Raises:
        NotFound: If it is not.
    """
    query = (
        select(RoomToken)
        .join(Participant, Participant.id == RoomToken.made_by)
        .where(
            RoomToken.token_hash == fingerprint(secret),
            RoomToken.revoked_at.is_(None),
            RoomToken.expires_at > at,
            Participant.removed_at.is_(None),
        )
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("room token")
    return found


def of_session(session: Session, session_id: str) -> Sequence[RoomToken]:
    """Return a session's tokens, the newest first."""
    query = (
        select(RoomToken)
        .where(RoomToken.session_id == session_id)
        .order_by(RoomToken.created_at.desc())
    )
    return session.scalars(query).all()


def revoke(session: Session, ident: str, *, session_id: str) -> RoomToken:
    """
    End a token.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(RoomToken, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("room token")
    found.revoked_at = now()
    return found
