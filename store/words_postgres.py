"""
Words on Postgres: a ``tsvector`` of each chunk, in a table of its own.

``ts_rank`` reads every row it ranks. So a question's rare words, by the statistics that Postgres keeps anyway, say
which passages are ranked; its frequent ones only count in their rank. Without statistics all is found too, but slower.

Source: postgresql.org/docs/18, 12.3 (ranking), 65.4 (GIN), 53.30 (pg_stats: most_common_elems).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.words import Indexed, Query, session_mark, spaced

#: Rare words are chosen until so many rows hold one of them.
_RANKED = 1000

#: No more than so many are ever ranked: of what says nothing, any.
_LOOKED_AT = 2000

#: A longer one is none, and more than a lexeme may have.
_MAX_WORD = 200

_ADD = text(
    "INSERT INTO chunk_words(chunk_id, document_id, words) VALUES (:id, :document,"
    " setweight(to_tsvector('accord', :words), 'A')"
    " || setweight(to_tsvector('accord', :headings), 'B')"
    " || array_to_tsvector(ARRAY[CAST(:session AS text)]))"
)
_REMOVE = text("DELETE FROM chunk_words WHERE chunk_id = ANY(:idents)")

#: Of each word the share of all rows that has it, 0 if not many have; and how many rows there are.
_SHARES = text(
    "SELECT word, coalesce(share, 0) AS share,"
    " (SELECT reltuples FROM pg_class WHERE oid = to_regclass('chunk_words')) AS total"
    " FROM unnest(CAST(:words AS text[])) AS word LEFT JOIN ("
    " SELECT element, share FROM pg_stats, unnest(CAST(most_common_elems AS text)::text[],"
    " most_common_elem_freqs) AS found(element, share)"
    " WHERE schemaname = current_schema AND tablename = 'chunk_words' AND attname = 'words'"
    ") AS known ON element = coalesce((ts_lexize('accord_stem', word))[1], word)"
)
_MINE = "words @@ (CAST(:session AS tsquery) && to_tsquery('accord', :wanted))"
_BEST = text(
    f"SELECT chunk_id FROM (SELECT chunk_id, words FROM chunk_words WHERE {_MINE}"
    " AND document_id = ANY(:documents) LIMIT :looked_at) AS candidates"
    " ORDER BY ts_rank('{0, 0, 0.5, 1}', words, to_tsquery('accord', :all)) DESC, chunk_id"
    " LIMIT :limit"
)


class Tsvectors:
    """The index. See `store.words.Words`."""

    def add(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Put chunks in."""
        session.execute(_ADD, [_row(one) for one in chunks])

    def remove(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Take chunks out."""
        session.execute(_REMOVE, {"idents": [one.ident for one in chunks]})

    def purge(self, session: Session) -> None:
        """See `store.words.Words`. The rows are gone; the pages they were in are the server's to VACUUM."""

    def best(
        self,
        session: Session,
        session_id: str,
        query: Query,
        documents: Collection[str],
        limit: int,
    ) -> list[int]:
        """See `store.words.Words`."""
        phrases = [_quoted(one) for one in query.phrases]
        words = [_quoted(one) for one in query.words]
        values = {
            "session": session_mark(session_id),
            "documents": sorted(documents),
            "limit": limit,
            "all": " | ".join([*phrases, *words]),
            "looked_at": _LOOKED_AT,
        }
        if phrases:
            return _best(session, values, " & ".join(phrases))
        rare = [_quoted(one) for one in _rare(session, session_id, query.words)]
        found = _best(session, values, " | ".join(rare)) if rare else []
        others = [one for one in words if one not in rare]
        if len(found) < limit and others:  # few have a rare word: then those with frequent ones
            more = _frequent(session, values, others)
            found += [one for one in more if one not in found]
        return found[:limit]


INDEX = Tsvectors()


def _best(session: Session, values: dict[str, Any], wanted: str) -> list[int]:
    return list(session.scalars(_BEST, {**values, "wanted": wanted}))


def _frequent(session: Session, values: dict[str, Any], words: Sequence[str]) -> list[int]:
    """Return what has every one of some frequent words; if that is not often enough, what has any of them."""
    found = _best(session, values, " & ".join(words))
    return found if len(found) >= values["limit"] else _best(session, values, " | ".join(words))


def _rare(session: Session, session_id: str, words: Sequence[str]) -> list[str]:
    """Return the rarest words, as many as leave few rows to rank; none if each is in too many."""
    mine = session_mark(session_id)
    plain = [_plain(one) for one in words]
    known = session.execute(_SHARES, {"words": [*plain, mine]}).all()
    shares: dict[str, float] = {row.word: row.share for row in known}
    total = max(known[0].total, 0.0)
    total *= shares[mine] or 1.0  # a session too small for the statistics has few rows of any word
    rare, rows = [], 0.0
    for share, word in sorted((shares[_plain(one)], one) for one in words):
        rows += share * total
        if rows <= _RANKED:
            rare.append(word)
    return rare


def _quoted(words: str) -> str:
    return f"'{_plain(words)}'"


def _plain(words: str) -> str:
    """Return words as they are compared: small letters, without accents (not without the vowels of other scripts)."""
    apart = unicodedata.normalize("NFKD", words.lower())
    bare = "".join(one for one in apart if not "\u0300" <= one <= "\u036f")
    return " ".join(one[:_MAX_WORD] for one in unicodedata.normalize("NFC", bare).split())


def _row(chunk: Indexed) -> dict[str, int | str]:
    return {
        "id": chunk.ident,
        "document": chunk.document_id,
        "session": session_mark(chunk.session_id),
        "words": _plain(spaced(chunk.text)),
        "headings": _plain(spaced(" ".join(chunk.headings))),
    }
