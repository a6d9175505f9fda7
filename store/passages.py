"""
Chunks, their words and their vectors: what search finds. Words are `store.words`' business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from store import vectors_postgres, words_postgres, words_sqlite
from store.errors import NotFound
from store.models import Chunk, Document, Vector
from store.scope import Scope
from store.words import Indexed, Words, parse


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to keep. `places`: where it begins, and where it ends if that is elsewhere, as JSON."""

    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    places: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as it is shown. `document`: the name of its document; the rest as of `store.models.Chunk`."""

    ident: int
    document_id: str
    document: str
    start: int
    end: int
    text: str
    headings: list[str]
    places: list[dict[str, Any]]


#: The name is looked up for each: a join would read all documents there are.
_SHOWN = (
    select(Chunk.id, Chunk.document_id)
    .add_columns(
        select(Document.name).where(Document.id == Chunk.document_id).scalar_subquery(),
        Chunk.start,
        Chunk.end,
        Chunk.text,
        Chunk.headings,
        Chunk.places,
    )
    .where(Chunk.id.in_(bindparam("idents", expanding=True)))
)


def add(session: Session, document: Document, chunks: Iterable[NewChunk]) -> None:
    """Add chunks to a document; those it has already are left as they are."""
    known = set(session.scalars(select(Chunk.start).where(Chunk.document_id == document.id)))
    new = [
        {
            "document_id": document.id,
            "start": chunk.start,
            "end": chunk.end,
            "text": chunk.text,
            "headings": list(chunk.headings),
            "places": list(chunk.places),
        }
        for chunk in chunks
        if chunk.start not in known
    ]
    if new:
        rows = session.scalars(insert(Chunk).returning(Chunk), new).all()
        session.get_one(Document, document.id).passages += len(rows)
        _words(session).add(session, [_indexed(document, row) for row in rows])


def clear(session: Session, document_id: str) -> None:
    """
    Remove a document's chunks with their words and vectors.

    Raises:
        NotFound: If it was deleted meanwhile.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound("document")
    rows = session.scalars(select(Chunk).where(Chunk.document_id == document_id)).all()
    if not rows:
        return
    _words(session).remove(session, [_indexed(document, row) for row in rows])
    mine = select(Chunk.id).where(Chunk.document_id == document_id)
    session.execute(delete(Vector).where(Vector.chunk_id.in_(mine)))
    session.execute(delete(Chunk).where(Chunk.document_id == document_id))
    document.passages = 0


def purge_words(session: Session) -> None:
    """Take the words of deleted chunks out of the index itself."""
    _words(session).purge(session)


def count(session: Session, document_id: str) -> int:
    """Return how many chunks a document has."""
    query = select(func.count()).select_from(Chunk).where(Chunk.document_id == document_id)
    return session.scalar(query) or 0


def without_vector(session: Session, document_id: str, model: str, limit: int) -> Sequence[Chunk]:
    """Return chunks of a document that a model has not embedded."""
    query = (
        select(Chunk)
        .outerjoin(Vector, (Vector.chunk_id == Chunk.id) & (Vector.model == model))
        .where(Chunk.document_id == document_id, Vector.chunk_id.is_(None))
        .order_by(Chunk.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def add_vectors(
    session: Session, *, session_id: str, model: str, dim: int, vectors: Sequence[tuple[int, bytes]]
) -> None:
    """Keep embeddings, each a chunk's number and its floats; chunks deleted meanwhile are passed over."""
    idents = [ident for ident, _ in vectors]
    there = select(Chunk.id, Chunk.document_id).where(Chunk.id.in_(idents))
    document_of = {row.id: row.document_id for row in session.execute(there)}
    query = select(Vector.chunk_id).where(Vector.chunk_id.in_(idents), Vector.model == model)
    known = set(session.scalars(query))
    rows = [
        {
            "chunk_id": ident,
            "model": model,
            "session_id": session_id,
            "document_id": document_of[ident],
            "dim": dim,
            "data": data,
        }
        for ident, data in vectors
        if ident in document_of and ident not in known
    ]
    if rows:
        if session.get_bind().dialect.name == "postgresql":
            vectors_postgres.ensure_index(session, model, dim)
        session.execute(insert(Vector), rows)


def drop_other_models(session: Session, document_id: str, model: str) -> None:
    """Remove a document's vectors of every model but one."""
    mine = select(Chunk.id).where(Chunk.document_id == document_id)
    session.execute(delete(Vector).where(Vector.chunk_id.in_(mine), Vector.model != model))


def vectors_state(session: Session, session_id: str, model: str) -> tuple[int, int]:
    """Return how many vectors of a model a session has, and the highest number: together they name a state."""
    query = select(func.count(), func.coalesce(func.max(Vector.chunk_id), 0)).where(
        Vector.session_id == session_id, Vector.model == model
    )
    number, highest = session.execute(query).one()
    return number, highest


def vectors_after(
    session: Session, session_id: str, model: str, after: int, limit: int
) -> list[tuple[int, str, bytes]]:
    """Return (chunk, document, floats) of a session's vectors in order, from behind a number."""
    query = (
        select(Vector.chunk_id, Vector.document_id, Vector.data)
        .where(Vector.session_id == session_id, Vector.model == model, Vector.chunk_id > after)
        .order_by(Vector.chunk_id)
        .limit(limit)
    )
    return [(ident, document, data) for ident, document, data in session.execute(query)]


def by_words(session: Session, scope: Scope, query: str, limit: int) -> list[int]:
    """Return the numbers of the chunks of a scope that hold words of a query, the best first."""
    wanted = parse(query)
    if wanted.is_empty:
        return []
    return _words(session).best(session, scope, wanted, limit)


def shown(session: Session, idents: Collection[int]) -> dict[int, Passage]:
    """Return chunks by their numbers as they are shown; those deleted meanwhile are missing."""
    rows = session.connection().execute(_SHOWN, {"idents": list(idents)}).all()
    return {row.id: Passage(*row) for row in rows}


def get_many(session: Session, idents: Collection[int]) -> dict[int, tuple[Chunk, Document]]:
    """Return chunks by their numbers, each with its document; those deleted meanwhile are missing."""
    query = select(Chunk, Document).join(Document, Document.id == Chunk.document_id)
    rows = session.execute(query.where(Chunk.id.in_(idents)))
    return {chunk.id: (chunk, document) for chunk, document in rows}


def _words(session: Session) -> Words:
    """Return the index of the database a session is on."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return words_sqlite.INDEX if on_sqlite else words_postgres.INDEX


def _indexed(document: Document, chunk: Chunk) -> Indexed:
    return Indexed(chunk.id, document.session_id, document.id, chunk.text, tuple(chunk.headings))
