"""Who may create sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import fingerprint, new_id, now
from store.models import Facilitator

#: Who signs in by the token of the server's settings or data folder, whatever that is by now.
FIRST = "first"


def add(session: Session, name: str, token: str, *, ident: str | None = None) -> Facilitator:
    """Make a facilitator who signs in by `token`."""
    made = Facilitator(
        id=ident or new_id(),
        name=name,
        token_hash=fingerprint(token),
        created_at=now(),
        revoked_at=None,
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
    """
    Return whose token this is; if it is nobody's, it becomes the first facilitator's only one.

    Who was revoked is returned too and stays it: starting again must not let them in.
    """
    query = select(Facilitator).where(Facilitator.token_hash == fingerprint(token))
    found = session.scalar(query)
    if found is not None:
        return found
    if session.get(Facilitator, FIRST) is not None:
        return replace_token(session, FIRST, token)
    return add(session, name, token, ident=FIRST)


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
