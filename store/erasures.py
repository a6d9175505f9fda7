"""
Erasures: what people had erased, how far each has come, and where the history of a room begins since.

The row holds what the input said only until every copy of it was found. From the moment it is written nobody is
shown the input any more: the input's own text goes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import audit, documents
from store.errors import Conflict, NotFound
from store.ids import now
from store.models import Document, DocumentText, Erasure, Input


class Kind(StrEnum):
    """What can be erased."""

    INPUT = "input"
    DOCUMENT = "document"


def ask_input(
    session: Session, ident: str, *, session_id: str, participant_id: str, actor: str | None = None
) -> Erasure:
    """
    Take an input away from everybody and have its copies looked for; one that was withdrawn, too.

    Args:
        participant_id: Whose it is.
        actor: Who asks, if not they.

    Raises:
        NotFound: If there is none, or it is somebody else's: they are not told which.
    """
    row = session.get(Input, ident)
    if row is None or (row.session_id, row.participant_id) != (session_id, participant_id):
        raise NotFound("input")
    if session.get(Erasure, ident) is not None:
        raise NotFound("input")
    words, row.text = [row.text], ""
    row.withdrawn_at = row.withdrawn_at or now()
    return _begin(session, Kind.INPUT, row, words, actor)


def ask_document(
    session: Session, ident: str, *, session_id: str, participant_id: str, actor: str | None = None
) -> Erasure:
    """
    Take a document away from everybody, with what was made of it, and have its copies looked for.

    Raises:
        NotFound: As `ask_input`.
    """
    row = documents.own(session, ident, session_id=session_id, participant_id=participant_id)
    text = session.get(DocumentText, ident)
    words = [row.name, *([text.text] if text is not None else [])]
    made = _begin(session, Kind.DOCUMENT, row, words, actor)
    documents.remove(session, row)
    return made


def ask_again(session: Session, ident: str, *, session_id: str, participant_id: str) -> Erasure:
    """
    Look again for copies of what was erased: what stood in the statement then may be gone from it.

    Raises:
        NotFound: If nothing of theirs was erased under this id.
    """
    row = session.get(Erasure, ident)
    if row is None or (row.session_id, row.participant_id) != (session_id, participant_id):
        raise NotFound("erasure")
    if row.done_at is not None:
        row.cleaned_at = row.done_at = None
        _record(session, row)
    return row


def get(session: Session, ident: str) -> Erasure:
    """
    Return an erasure.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Erasure, ident)
    if found is None:
        raise NotFound("erasure")
    return found


def of_participant(session: Session, session_id: str, participant_id: str) -> Sequence[Erasure]:
    """Return what somebody had erased, the first one first."""
    query = (
        select(Erasure)
        .where(Erasure.session_id == session_id, Erasure.participant_id == participant_id)
        .order_by(Erasure.asked_at, Erasure.id)
    )
    return session.scalars(query).all()


def pending(session: Session) -> Sequence[str]:
    """Return the ids of all that are not done."""
    query = select(Erasure.id).where(Erasure.done_at.is_(None))
    return session.scalars(query.order_by(Erasure.asked_at)).all()


def check_none_under_way(session: Session, session_id: str) -> None:
    """
    Let nothing read a session's inputs anew while copies of one are looked for.

    Raises:
        Conflict: If that is so now (`erasing`).
    """
    query = select(Erasure.id).where(Erasure.session_id == session_id, Erasure.cleaned_at.is_(None))
    if session.scalar(query.limit(1)) is not None:
        raise Conflict("erasing", "something is being erased here; try again in a moment")


def note(session: Session, ident: str, found: dict[str, int]) -> None:
    """Keep how many of what were found: the most of each kind, as it may be looked for again."""
    row = get(session, ident)
    row.found = {name: max(count, row.found.get(name, 0)) for name, count in found.items()}
    row.found |= {"in_statement": found["in_statement"]}
    session.flush()


def set_cleaned(session: Session, ident: str) -> None:
    """The copies are gone; what it said is forgotten here, too."""
    row = get(session, ident)
    row.words, row.cleaned_at = [], now()
    session.flush()


def set_done(session: Session, ident: str) -> None:
    """Everything is gone; the audit keeps that it was so, in numbers."""
    row = get(session, ident)
    if row.done_at is not None:
        return
    row.done_at = now()
    audit.record(
        session, "erasure.done", actor="server", of=row.session_id, subject=ident, **row.found
    )
    session.flush()


def history_begins(session: Session, session_id: str) -> datetime | None:
    """Return since when the room's history is whole; None if nothing was erased in this session."""
    query = select(func.max(Erasure.cleaned_at)).where(Erasure.session_id == session_id)
    return session.scalar(query)


def _begin(
    session: Session, kind: Kind, row: Input | Document, words: list[str], actor: str | None
) -> Erasure:
    made = Erasure(
        id=row.id,
        session_id=row.session_id,
        participant_id=row.participant_id,
        kind=kind.value,
        since=row.created_at,
        asked_at=now(),
        words=words,
        cleaned_at=None,
        done_at=None,
        found={},
    )
    session.add(made)
    _record(session, made, actor)
    return made


def _record(session: Session, row: Erasure, actor: str | None = None) -> None:
    audit.record(
        session,
        f"{row.kind}.erased",
        actor=actor or row.participant_id,
        of=row.session_id,
        subject=row.id,
    )
    session.flush()
