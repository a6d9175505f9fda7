"""
Chunks, their words and their vectors: what search finds.

The words are in an FTS5 table without content of its own. Scripts that write without spaces are indexed character by
character and searched as phrases, because the tokenizer would take a whole sentence of theirs for one word.

Source: sqlite.org/fts5.html, 4.4.2 (contentless tables), 6.7 (the delete command), 3 (query syntax).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.models import Chunk, Document, Vector

#: Thai to Myanmar, Khmer, kana, Han, Hangul.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
_WORD = re.compile(r"\w+")
_PHRASE = re.compile(r'"([^"]+)"|“([^”]+)”|«([^»]+)»|„([^“”]+)[“”]')

#: Ranked by the index itself; the join is for the few best.
_BEST = text(
    "SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match"
    " AND rank MATCH 'bm25(0.0, 1.0, 0.5)' ORDER BY rank LIMIT :depth"
)

_BEST_IN = text(
    "SELECT chunks.id FROM chunk_words JOIN chunks ON chunks.id = chunk_words.rowid"
    " WHERE chunk_words MATCH :match"
    " AND chunks.document_id IN (SELECT value FROM json_each(:documents))"
    " ORDER BY bm25(chunk_words, 0.0, 1.0, 0.5), chunks.id LIMIT :depth"
)

#: Words of a query that are looked for; a question pasted whole has more.
MAX_WORDS = 32


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to keep. `places`: where it begins, and where it ends if that is elsewhere, as JSON."""

    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    places: tuple[dict[str, Any], ...] = ()


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
        session.execute(
            text(
                "INSERT INTO chunk_words(rowid, session, words, headings)"
                " VALUES (:id, :session, :words, :headings)"
            ),
            [_words_of(document.session_id, row) for row in rows],
        )


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
    session.execute(
        text(
            "INSERT INTO chunk_words(chunk_words, rowid, session, words, headings)"
            " VALUES ('delete', :id, :session, :words, :headings)"
        ),
        [_words_of(document.session_id, row) for row in rows],
    )
    mine = select(Chunk.id).where(Chunk.document_id == document_id)
    session.execute(delete(Vector).where(Vector.chunk_id.in_(mine)))
    session.execute(delete(Chunk).where(Chunk.document_id == document_id))


def purge_words(session: Session) -> None:
    """Take the words of deleted chunks out of the full-text table; deleting alone only marks them as deleted."""
    session.execute(text("INSERT INTO chunk_words(chunk_words) VALUES ('optimize')"))


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
    there = set(session.scalars(select(Chunk.id).where(Chunk.id.in_(idents))))
    query = select(Vector.chunk_id).where(Vector.chunk_id.in_(idents), Vector.model == model)
    there -= set(session.scalars(query))
    rows = [
        {"chunk_id": ident, "model": model, "session_id": session_id, "dim": dim, "data": data}
        for ident, data in vectors
        if ident in there
    ]
    if rows:
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
        select(Vector.chunk_id, Chunk.document_id, Vector.data)
        .join(Chunk, Chunk.id == Vector.chunk_id)
        .where(Vector.session_id == session_id, Vector.model == model, Vector.chunk_id > after)
        .order_by(Vector.chunk_id)
        .limit(limit)
    )
    return [(ident, document, data) for ident, document, data in session.execute(query)]


def by_words(
    session: Session, session_id: str, query: str, documents: Collection[str], limit: int
) -> list[int]:
    """
    Return the numbers of the chunks that hold words of a query, the best first.

    Args:
        documents: The documents that may be searched.
    """
    wanted = _match(query)
    if not wanted or not documents:
        return []
    match = f"session : {_session_word(session_id)} AND {{words headings}} : ({wanted})"
    depth = limit * 4
    ranked = list(session.scalars(_BEST, {"match": match, "depth": depth}))
    rows = session.execute(select(Chunk.id, Chunk.document_id).where(Chunk.id.in_(ranked)))
    document_of = {row.id: row.document_id for row in rows}
    best = [ident for ident in ranked if document_of.get(ident) in documents]
    if len(best) < limit and len(ranked) == depth:  # most are in documents the asker may not read
        wanted_documents = json.dumps(sorted(documents))
        best = list(
            session.scalars(
                _BEST_IN, {"match": match, "documents": wanted_documents, "depth": limit}
            )
        )
    return best[:limit]


def get_many(session: Session, idents: Collection[int]) -> dict[int, Chunk]:
    """Return chunks by their numbers; those deleted meanwhile are missing."""
    return {row.id: row for row in session.scalars(select(Chunk).where(Chunk.id.in_(idents)))}


def _match(query: str) -> str:
    """Return a query as FTS5 understands it: any of its words, quoted ones as a phrase."""
    phrases = [_phrase(next(filter(None, one.groups()))) for one in _PHRASE.finditer(query)]
    rest = _PHRASE.sub(" ", query)
    words = dict.fromkeys(_phrase(word) for word in _WORD.findall(rest)[:MAX_WORDS])
    parts = [f"({' AND '.join(phrases)})"] if phrases else []
    if words and not phrases:
        parts.append(f"({' OR '.join(words)})")
    elif words:
        parts.append(f"({' OR '.join([*words, *phrases])})")
    return " AND ".join(parts)


def _phrase(words: str) -> str:
    spaced = " ".join(_WORD.findall(_spaced(words)))
    return f'"{spaced}"'


def _spaced(words: str) -> str:
    return _UNSPACED.sub(r" \1 ", words)


def _session_word(session_id: str) -> str:
    """Return a session's id as one word, whatever characters it has."""
    return "s" + session_id.encode().hex()


def _words_of(session_id: str, chunk: Chunk) -> dict[str, int | str]:
    return {
        "id": chunk.id,
        "session": _session_word(session_id),
        "words": _spaced(chunk.text),
        "headings": _spaced(" ".join(chunk.headings)),
    }
