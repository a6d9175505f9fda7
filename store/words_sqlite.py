"""
Words on SQLite: an FTS5 table without content of its own.

``bm25()`` reads the size of every row it ranks and counts every row of each word, so a question with "the" in it would
take most of a second in a session of 100,000 passages. So a question's rare words say which passages are ranked, a few
thousand at most; its frequent ones only move these up.

Source: sqlite.org/fts5.html, 3 (query syntax), 4.4.2 (contentless tables), 6.7 (the delete command); Robertson,
Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, column, select, table, text
from sqlalchemy.orm import Session

from store.models import Chunk
from store.scope import Scope
from store.words import Indexed, Query

#: Rare words are chosen until so many rows hold one of them.
_RANKED = 2000

#: No more than so many are ever looked at: of what says nothing, the first.
_LOOKED_AT = 4000

_ADD = text("INSERT INTO chunk_words(rowid, words, headings) VALUES (:id, :words, :headings)")
_REMOVE = text(
    "INSERT INTO chunk_words(chunk_words, rowid, words, headings)"
    " VALUES ('delete', :id, :words, :headings)"
)
_PURGE = text("INSERT INTO chunk_words(chunk_words) VALUES ('optimize')")
_COUNT = text(
    "SELECT count(*), coalesce(max(rowid), 0) FROM"
    " (SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match LIMIT :most)"
)
_ROWS = text("SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match AND rowid <= :last")
_LAST = text("SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match LIMIT 1 OFFSET :most")
_RANKS = text(
    "SELECT rowid, rank FROM chunk_words WHERE chunk_words MATCH :match AND rowid <= :last"
    " AND rank MATCH 'bm25(1.0, 0.5)'"
)

_WORDS = table("chunk_words", column("rowid"))

_NO_LAST = 2**62


class Fts5:
    """The index. See `store.words.Words`."""

    def add(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Put chunks in."""
        session.execute(_ADD, [_row(one) for one in chunks])

    def remove(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Take chunks out, as they were put in."""
        session.execute(_REMOVE, [_row(one) for one in chunks])

    def purge(self, session: Session) -> None:
        """See `store.words.Words`. Removing only notes that a row is gone; merging the whole index forgets it."""
        session.execute(_PURGE)

    def best(self, session: Session, scope: Scope, query: Query, limit: int) -> list[int]:
        """See `store.words.Words`."""
        query = query.of_session(scope.session_id)
        index = _Index(session, scope)
        chosen, others = _choose(index, query, limit)
        found = index.ranks(chosen)
        for word in others:
            index.move_up(found, chosen, word)
        best = index.readable(found.ranked(), limit)
        cut = found.cut
        if (
            len(best) < limit and others and not query.phrases
        ):  # few have a rare word: then those with frequent ones
            more = index.ranks(_frequent(index, others, limit))
            rest = [one for one in more.ranked() if one not in found.scores]
            best += index.readable(rest, limit)
            cut = cut or more.cut
        if len(best) < limit and cut:  # what was not looked at may be all they may read
            best = index.of_few(_any_of(query))
        return best[:limit]


INDEX = Fts5()


class _Found:
    """Scores by row, the higher the better. `cut`: whether there were more rows than are looked at."""

    def __init__(self, scores: dict[int, float], *, last: int, cut: bool) -> None:
        self.scores = scores
        self.last = last
        self.cut = cut

    def ranked(self) -> list[int]:
        """Return the rows, the best first."""
        return sorted(self.scores, key=lambda ident: (-self.scores[ident], ident))


class _Index:
    """The rows that match an expression."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def count(self, wanted: str, most: int) -> tuple[int, int]:
        """Return how many rows there are, or more than `most`, and less the sooner these are reached."""
        values = {"match": wanted, "most": most + 1}
        number, last = self._session.execute(_COUNT, values).one()
        return number, -last

    def ranks(self, wanted: str) -> _Found:
        """Return the rows, the first ones if they are too many."""
        cut = self._session.execute(_LAST, {"match": wanted, "most": _LOOKED_AT}).scalar()
        last = _NO_LAST if cut is None else int(cut)
        rows = self._session.execute(_RANKS, {"match": wanted, "last": last})
        return _Found({ident: -rank for ident, rank in rows}, last=last, cut=cut is not None)

    def move_up(self, found: _Found, wanted: str, word: str) -> None:
        """Give the rows of a frequent word what it is worth: by the share of them that has it."""
        values = {"match": f"({wanted}) AND {word}", "last": found.last}
        rows = list(self._session.scalars(_ROWS, values))
        if rows:
            worth = math.log(len(found.scores) / len(rows))
            for ident in rows:
                found.scores[ident] += worth

    def of_few(self, wanted: str) -> list[int]:
        """Return the rows that may be read, the best first, however many others there are."""
        query = _few(self._scope.documents)
        rows = self._session.execute(query, {**self._scope.values, "match": wanted})
        return [ident for ident, _ in sorted(rows, key=lambda row: (row[1], row[0]))]

    def readable(self, ranked: Sequence[int], limit: int) -> list[int]:
        """Return the first ones that may be read, as many as are needed."""
        found: list[int] = []
        for start, end in ((0, 4 * limit), (4 * limit, len(ranked))):
            some = ranked[start:end]
            if len(found) < limit and some:
                values = {**self._scope.values, "idents": json.dumps(some)}
                known = set(self._session.scalars(_among(self._scope.documents), values))
                found += [one for one in some if one in known]
        return found


@lru_cache
def _few(documents: Select[str]) -> Select[int, Any]:
    """Return the query for the rows of some documents that match, with their rank: the lower the better."""
    return (
        select(Chunk.id, text("bm25(chunk_words, 1.0, 0.5)"))
        .join_from(_WORDS, Chunk, Chunk.id == _WORDS.c.rowid)
        .where(text("chunk_words MATCH :match"))
        .where(Chunk.document_id.in_(documents))
    )


@lru_cache
def _among(documents: Select[str]) -> Select[Any]:
    """Return the query for those of some rows that are of some documents."""
    among = text("chunks.id IN (SELECT value FROM json_each(:idents))")
    return select(Chunk.id).where(among, Chunk.document_id.in_(documents))


def _choose(index: _Index, query: Query, limit: int) -> tuple[str, Sequence[str]]:
    """Return what a row must have to be ranked, and the words that move it up."""
    words = [f'"{one}"' for one in query.words]
    if query.phrases:
        return _all_phrases(query), words
    counts = sorted((index.count(word, _RANKED), word) for word in words)
    rare, rows = [], 0
    for (number, _), word in counts:
        if rows + number <= _RANKED:
            rare.append(word)
            rows += number
    words = [word for _, word in counts]
    if rare and rows:
        return " OR ".join(rare), [word for word in words if word not in rare]
    return _frequent(index, words, limit), ()


def _frequent(index: _Index, words: Sequence[str], limit: int) -> str:
    """Return what to look for where every word is frequent: as many of them, from the rarest, as often enough meet."""
    for count in range(len(words), 0, -1):
        together = " AND ".join(words[:count])
        if index.count(together, limit)[0] >= limit:
            return together
    return " OR ".join(words)


def _any_of(query: Query) -> str:
    words = " OR ".join(f'"{one}"' for one in (*query.words, *query.phrases))
    return f"({words}) AND {_all_phrases(query)}" if query.phrases else words


def _all_phrases(query: Query) -> str:
    return " AND ".join(f'"{one}"' for one in query.phrases)


def _row(chunk: Indexed) -> dict[str, int | str]:
    return {"id": chunk.ident, "words": chunk.words, "headings": chunk.heading_words}
