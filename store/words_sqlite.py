"""
Words on SQLite: an FTS5 table without content of its own.

Every word in it begins with its session's mark: a session's rows of a word stand by themselves, and however many others
there are they cost nothing. ``bm25()`` reads the size of every row it ranks and counts every row of each word, so a
question with "the" in it would take most of a second in a session of 100,000 passages. So a question's rare words say
which passages are ranked, a few thousand at most; its frequent ones only move these up.

Source: sqlite.org/fts5.html, 3 (query syntax), 4.4.2 (contentless tables), 6.7 (the delete command); Robertson,
Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.words import Indexed, Query, marked, session_mark, spaced

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
    "SELECT count(*) FROM (SELECT 1 FROM chunk_words WHERE chunk_words MATCH :match LIMIT :most)"
)
_ROWS = text("SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match AND rowid <= :last")
_LAST = text("SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match LIMIT 1 OFFSET :most")
_RANKS = text(
    "SELECT rowid, rank FROM chunk_words WHERE chunk_words MATCH :match AND rowid <= :last"
    " AND rank MATCH 'bm25(1.0, 0.5)'"
)
_READABLE = text(
    "SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(:idents))"
    " AND document_id IN (SELECT value FROM json_each(:documents))"
)
_OF_FEW = text(
    "SELECT chunks.id, bm25(chunk_words, 1.0, 0.5) FROM chunk_words"
    " JOIN chunks ON chunks.id = chunk_words.rowid WHERE chunk_words MATCH :match"
    " AND chunks.document_id IN (SELECT value FROM json_each(:documents))"
)

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

    def best(
        self,
        session: Session,
        session_id: str,
        query: Query,
        documents: Collection[str],
        limit: int,
    ) -> list[int]:
        """See `store.words.Words`."""
        index = _Index(session)
        query = _of_session(query, session_id)
        chosen, others = _choose(index, query, limit)
        found = index.ranks(chosen)
        for word in others:
            index.move_up(found, chosen, word)
        best = _readable(session, found.ranked(), documents, limit)
        cut = found.cut
        if (
            len(best) < limit and others and not query.phrases
        ):  # few have a rare word: then those with frequent ones
            more = index.ranks(_frequent(index, others, limit))
            best += _readable(
                session, [one for one in more.ranked() if one not in found.scores], documents, limit
            )
            cut = cut or more.cut
        if len(best) < limit and cut:  # what was not looked at may be all they may read
            best = index.of_few(_any_of(query), documents)
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

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, wanted: str, most: int) -> int:
        """Return how many rows there are, or more than `most`."""
        values = {"match": wanted, "most": most + 1}
        return int(self._session.execute(_COUNT, values).scalar_one())

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

    def of_few(self, wanted: str, documents: Collection[str]) -> list[int]:
        """Return the rows of some documents, the best first, however many rows others have."""
        values = {"match": wanted, "documents": json.dumps(sorted(documents))}
        rows = self._session.execute(_OF_FEW, values)
        return [ident for ident, _ in sorted(rows, key=lambda row: (row[1], row[0]))]


def _of_session(query: Query, session_id: str) -> Query:
    mark = session_mark(session_id)
    return Query(
        tuple(marked(mark, one) for one in query.phrases),
        tuple(marked(mark, one) for one in query.words),
    )


def _choose(index: _Index, query: Query, limit: int) -> tuple[str, Sequence[str]]:
    """Return what a row must have to be ranked, and the words that move it up."""
    words = [f'"{one}"' for one in query.words]
    if query.phrases:
        return _all_phrases(query), words
    counts = sorted((index.count(word, _RANKED), word) for word in words)
    rare, rows = [], 0
    for number, word in counts:
        if rows + number <= _RANKED:
            rare.append(word)
            rows += number
    if rare and rows:
        return " OR ".join(rare), [word for _, word in counts if word not in rare]
    return _frequent(index, words, limit), ()


def _frequent(index: _Index, words: Sequence[str], limit: int) -> str:
    """Return what to look for where every word is frequent: all of them together, if that is often enough."""
    together = " AND ".join(words)
    return together if index.count(together, limit) >= limit else " OR ".join(words)


def _any_of(query: Query) -> str:
    words = " OR ".join(f'"{one}"' for one in (*query.words, *query.phrases))
    return f"({words}) AND {_all_phrases(query)}" if query.phrases else words


def _all_phrases(query: Query) -> str:
    return " AND ".join(f'"{one}"' for one in query.phrases)


def _readable(
    session: Session, ranked: Sequence[int], documents: Collection[str], limit: int
) -> list[int]:
    """Return the first ones that may be read, as many as are needed."""
    found: list[int] = []
    for start, end in ((0, 4 * limit), (4 * limit, len(ranked))):
        some = ranked[start:end]
        if len(found) < limit and some:
            values = {"idents": json.dumps(some), "documents": json.dumps(sorted(documents))}
            known = set(session.scalars(_READABLE, values))
            found += [one for one in some if one in known]
    return found


def _row(chunk: Indexed) -> dict[str, int | str]:
    mark = session_mark(chunk.session_id)
    return {
        "id": chunk.ident,
        "words": marked(mark, spaced(chunk.text)),
        "headings": marked(mark, spaced(" ".join(chunk.headings))),
    }
