"""What participants gave in private. Never read without saying for whom."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id, now
from store.models import Input


class Quote(StrEnum):
    """How an author allows an input to be quoted."""

    NAMED = "named"
    ANONYMOUS = "anonymous"
    NEVER = "never"


def add(
    session: Session, *, session_id: str, participant_id: str, text: str, quote: Quote
) -> Input:
    """Keep an input."""
    made = Input(
        id=new_id(),
        session_id=session_id,
        participant_id=participant_id,
        text=text,
        quote=quote.value,
        created_at=now(),
        updated_at=now(),
        withdrawn_at=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Input:
    """
    Return an input of a session that was not withdrawn.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Input, ident)
    if found is None or found.session_id != session_id or found.withdrawn_at is not None:
        raise NotFound("input")
    return found


def own(session: Session, ident: str, *, session_id: str, participant_id: str) -> Input:
    """
    Return an input of this participant.

    Raises:
        NotFound: If there is none, or it is somebody else's: they are not told which.
    """
    found = get(session, ident, session_id=session_id)
    if found.participant_id != participant_id:
        raise NotFound("input")
    return found


def of_participant(session: Session, session_id: str, participant_id: str) -> Sequence[Input]:
    """Return a participant's inputs, in the order of giving."""
    query = (
        select(Input)
        .where(
            Input.session_id == session_id,
            Input.participant_id == participant_id,
            Input.withdrawn_at.is_(None),
        )
        .order_by(Input.created_at, Input.id)
    )
    return session.scalars(query).all()


def withdrawn(session: Session, session_id: str, participant_id: str) -> Sequence[Input]:
    """Return what a participant has withdrawn and not erased: for themselves."""
    query = (
        select(Input)
        .where(
            Input.session_id == session_id,
            Input.participant_id == participant_id,
            Input.withdrawn_at.is_not(None),
            Input.text != "",
        )
        .order_by(Input.created_at, Input.id)
    )
    return session.scalars(query).all()


def of_session(session: Session, session_id: str) -> Sequence[Input]:
    """Return all inputs of a session: for the bot, and for a facilitator where the session says so."""
    query = (
        select(Input)
        .where(Input.session_id == session_id, Input.withdrawn_at.is_(None))
        .order_by(Input.created_at, Input.id)
    )
    return session.scalars(query).all()


def count(session: Session, session_id: str) -> tuple[int, int]:
    """Return how many inputs a session has, and of how many people."""
    query = select(func.count(), func.count(Input.participant_id.distinct())).where(
        Input.session_id == session_id, Input.withdrawn_at.is_(None)
    )
    inputs, people = session.execute(query).one()
    return inputs, people
