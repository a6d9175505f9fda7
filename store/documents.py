"""Documents: files that participants gave, and what was read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import Session

from store import passages
from store.errors import NotFound
from store.ids import now
from store.inputs import Quote
from store.models import Document, DocumentText
from store.scope import Scope


class DocumentStatus(StrEnum):
    """How a document stands."""

    UPLOADED = "uploaded"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Visibility(StrEnum):
    """Who may read a document: its owner and the bot, or everybody in the session."""

    PRIVATE = "private"
    SESSION = "session"


_Asked = str | BindParameter[str]

UNDER_WAY = (DocumentStatus.UPLOADED.value, DocumentStatus.PROCESSING.value)


@dataclass(frozen=True, slots=True)
class Viewer:
    """
    For whom documents are looked up.

    Attributes:
        participant: Their id; None for the bot.
        everything: Whether they may read all of the session: the bot, or its facilitator where it says so.
    """

    participant: str | None
    everything: bool = False


BOT = Viewer(None, everything=True)


def add(
    session: Session,
    *,
    ident: str,
    session_id: str,
    participant_id: str,
    name: str,
    size: int,
    sha256: str,
    quote: Quote = Quote.ANONYMOUS,
    visibility: Visibility = Visibility.PRIVATE,
) -> Document:
    """
    Keep what is known of a file that has arrived.

    Args:
        ident: The document's id, under which its bytes are kept; the same one twice is one document.
    """
    known = session.get(Document, ident)
    if known is not None:
        return known
    made = Document(
        id=ident,
        session_id=session_id,
        participant_id=participant_id,
        name=name,
        size=size,
        sha256=sha256,
        quote=quote.value,
        visibility=visibility.value,
        status=DocumentStatus.UPLOADED.value,
        percent=0,
        reason=None,
        message="",
        kind=None,
        units=0,
        passages=0,
        notes=[],
        engine=None,
        model=None,
        created_at=now(),
        updated_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def find(session: Session, ident: str) -> Document | None:
    """Return a document of any session, None if it was deleted: for the server itself."""
    return session.get(Document, ident)


def get(session: Session, ident: str, *, session_id: str, viewer: Viewer) -> Document:
    """
    Return a document.

    Raises:
        NotFound: If there is none in this session, or not for this viewer: they are not told which.
    """
    query = select(Document).where(
        Document.id == ident, _seen(session_id, viewer.participant, everything=viewer.everything)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("document")
    return found


def own(session: Session, ident: str, *, session_id: str, participant_id: str) -> Document:
    """
    Return a document of this participant.

    Raises:
        NotFound: If there is none, or it is somebody else's: they are not told which.
    """
    found = session.get(Document, ident)
    if found is None or found.session_id != session_id or found.participant_id != participant_id:
        raise NotFound("document")
    return found


def of_session(session: Session, session_id: str, viewer: Viewer) -> Sequence[Document]:
    """Return what a viewer may read of a session, in the order of giving."""
    query = select(Document).where(
        _seen(session_id, viewer.participant, everything=viewer.everything)
    )
    return session.scalars(query.order_by(Document.created_at, Document.id)).all()


def bytes_of_session(session: Session, session_id: str) -> int:
    """Return how much a session's documents take."""
    query = select(func.coalesce(func.sum(Document.size), 0))
    return session.scalar(query.where(Document.session_id == session_id)) or 0


def not_ended(session: Session) -> Sequence[Document]:
    """Return every document that is neither ready nor failed, of all sessions."""
    return session.scalars(select(Document).where(Document.status.in_(UNDER_WAY))).all()


def with_other_model(session: Session, model: str | None) -> Sequence[str]:
    """Return the ids of the ready documents that were not embedded with this model."""
    query = select(Document.id).where(
        Document.status == DocumentStatus.READY.value, Document.model.is_distinct_from(model)
    )
    return session.scalars(query.order_by(Document.created_at, Document.id)).all()


def advance(session: Session, ident: str, /, **fields: Any) -> Document:
    """
    Set fields of a document.

    Raises:
        NotFound: If it was deleted meanwhile.
    """
    row = session.get(Document, ident)
    if row is None:
        raise NotFound("document")
    for name, value in fields.items():
        setattr(row, name, value)
    row.updated_at = now()
    session.flush()
    return row


def save_text(session: Session, ident: str, *, text: str, blocks: list[Any]) -> None:
    """
    Keep what was read from a document, in place of what was read before.

    Raises:
        NotFound: If it was deleted meanwhile.
    """
    if session.get(Document, ident) is None:
        raise NotFound("document")
    session.merge(DocumentText(document_id=ident, text=text, blocks=blocks))
    session.flush()


def text_of(session: Session, ident: str) -> DocumentText:
    """
    Return what was read from a document.

    Raises:
        NotFound: If nothing was, so far.
    """
    found = session.get(DocumentText, ident)
    if found is None:
        raise NotFound("document text")
    return found


def remove(session: Session, document: Document) -> None:
    """Remove a document with everything that was made from it. Its bytes are `store.blobs`' business."""
    passages.clear(session, document.id)
    text = session.get(DocumentText, document.id)
    if text is not None:
        session.delete(text)
        session.flush()  # before the row it hangs on, which would take it along
    session.delete(session.get_one(Document, document.id))
    session.flush()


def _seen(
    session_id: _Asked, participant: _Asked | None, *, everything: bool
) -> ColumnElement[bool]:
    own = Document.participant_id == participant
    allowed = true() if everything else or_(own, Document.visibility == Visibility.SESSION.value)
    return and_(Document.session_id == session_id, allowed)


#: The queries for the ids of what may be searched, by whether that is everything.
_READABLE = {
    everything: select(Document.id).where(
        _seen(bindparam("searched_session"), bindparam("searched_by"), everything=everything),
        Document.status == DocumentStatus.READY.value,
    )
    for everything in (True, False)
}


def readable(session_id: str, viewer: Viewer) -> Scope:
    """Return what a viewer may search of a session: what is ready of what they may read."""
    values = {"searched_session": session_id, "searched_by": viewer.participant}
    return Scope(session_id, _READABLE[viewer.everything], values)


def has_ready(session: Session, session_id: str) -> bool:
    """Whether there is anything to search in a session."""
    scope = readable(session_id, BOT)
    return session.scalar(scope.documents.limit(1), scope.values) is not None
