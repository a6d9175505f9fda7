"""Dissent notes: what somebody holds against the text for good. Nobody but their author can take one back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id, now
from store.models import DissentNote


def add(
    session: Session, *, session_id: str, participant_id: str, text: str, named: bool
) -> DissentNote:
    """Keep a note."""
    made = DissentNote(
        id=new_id(),
        session_id=session_id,
        participant_id=participant_id,
        text=text,
        named=named,
        created_at=now(),
        updated_at=now(),
        removed_at=None,
    )
    session.add(made)
    session.flush()
    return made


def own(session: Session, ident: str, *, session_id: str, participant_id: str) -> DissentNote:
    """
    Return a note of this participant.

    Raises:
        NotFound: If there is none, or it is somebody else's.
    """
    found = session.get(DissentNote, ident)
    mine = (
        found is not None
        and found.session_id == session_id
        and found.participant_id == participant_id
        and found.removed_at is None
    )
    if found is None or not mine:
        raise NotFound("dissent note")
    return found


def of_session(session: Session, session_id: str) -> Sequence[DissentNote]:
    """Return the notes that stand, also of people who have left, in the order of writing."""
    query = (
        select(DissentNote)
        .where(DissentNote.session_id == session_id, DissentNote.removed_at.is_(None))
        .order_by(DissentNote.created_at, DissentNote.id)
    )
    return session.scalars(query).all()
