"""Who may create sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import fingerprint, new_id, now
from store.models import Facilitator


def add(session: Session, name: str, token: str) -> Facilitator:
    """Make a facilitator who signs in by `token`."""
    made = Facilitator(
        id=new_id(), name=name, token_hash=fingerprint(token), created_at=now(), revoked_at=None
    )
    session.add(made)
    session.flush()
    return made


def by_token(session: Session, token: str) -> Facilitator:
    """
    Return whose token this is.

    Raises:
        NotFound: If it is nobody's, or was revoked.
    """
    query = select(Facilitator).where(
        Facilitator.token_hash == fingerprint(token), Facilitator.revoked_at.is_(None)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("facilitator")
    return found


def ensure(session: Session, name: str, token: str) -> Facilitator:
    """Return whose token this is; make a facilitator if it is nobody's yet."""
    try:
        return by_token(session, token)
    except NotFound:
        return add(session, name, token)


def all_of_them(session: Session) -> Sequence[Facilitator]:
    """Return every facilitator, the oldest first."""
    return session.scalars(select(Facilitator).order_by(Facilitator.created_at)).all()


def count(session: Session) -> int:
    """Return how many there are."""
    return session.scalar(select(func.count()).select_from(Facilitator)) or 0


def replace_token(session: Session, ident: str, token: str) -> Facilitator:
    """
    Give a facilitator a new token; the old one is dead.

    Raises:
        NotFound: If there is no such facilitator.
    """
    found = session.get(Facilitator, ident)
    if found is None:
        raise NotFound("facilitator")
    found.token_hash = fingerprint(token)
    found.revoked_at = None
    return found


def revoke(session: Session, ident: str) -> None:
    """
    Take a facilitator's right away; their sessions stay.

    Raises:
        NotFound: If there is no such facilitator.
    """
    found = session.get(Facilitator, ident)
    if found is None:
        raise NotFound("facilitator")
    found.revoked_at = now()
