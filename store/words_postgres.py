"""
Words on Postgres: a ``tsvector`` of each chunk, in a table of its own.

``ts_rank`` reads every row it ranks. So a question's rare words, by the statistics that Postgres keeps anyway, say
which passages are ranked; its frequent ones only count in their rank. Without statistics all is found too, but slower.

Source: postgresql.org/docs/18, 12.3 (ranking), 65.4 (GIN), 53.30 (pg_stats: most_common_elems).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import mul
from typing import Any

from sqlalchemy import Select, bindparam, column, select, table, text, true
from sqlalchemy.orm import Session

from store.scope import Scope
from store.words import Indexed, Query

#: Rare words are chosen until so many rows hold one of them.
_RANKED = 300

#: No more than so many are ever ranked: of what says nothing, any.
_LOOKED_AT = 300

#: A word that more of all passages have tells none from another.
_TELLING = 0.75

#: A longer one is none, and more than a lexeme may have.
_MAX_WORD = 200

_ADD = text(
    "INSERT INTO chunk_words(chunk_id, document_id, words) VALUES (:id, :document,"
    " setweight(to_tsvector('accord', :words), 'A')"
    " || setweight(to_tsvector('accord', :headings), 'B'))"
)
_REMOVE = text("DELETE FROM chunk_words WHERE chunk_id = ANY(:idents)")

#: How many passages a session has, and in how many each word is, by the statistics. Of a word that they do not have it
#: is a quarter of what the rarest one has that they do: the last but one of the shares, behind those of the elements.
#: Without statistics each word is taken for frequent.
_COUNTS = """
    WITH known AS MATERIALIZED (
        SELECT CAST(CAST(most_common_elems AS text) AS text[]) AS elements, most_common_elem_freqs AS shares
        FROM pg_stats
        WHERE schemaname = current_schema AND tablename = 'chunk_words' AND attname = 'words'
    ), stems AS (
        SELECT word, coalesce((ts_lexize('accord_stem', word))[1], word) AS stem
        FROM unnest(CAST(%s AS text[])) AS word
    ), mine AS (
        SELECT coalesce(sum(passages), 0) AS passages FROM documents WHERE session_id = %s
    )
    SELECT word, passages, least(passages, greatest(reltuples, passages) * coalesce(
        shares[array_position(elements, stem)], shares[cardinality(shares) - 1] / 4, 1)) AS count
    FROM stems LEFT JOIN known ON true, mine, pg_class
    WHERE oid = to_regclass('chunk_words') ORDER BY count, word
"""

_WORDS = table("chunk_words", *map(column, ("chunk_id", "document_id", "words")))


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

    def best(self, session: Session, scope: Scope, query: Query, limit: int) -> list[int]:
        """See `store.words.Words`."""
        query = query.of_session(scope.session_id)
        phrases, words = ([_plain(one) for one in some] for some in (query.phrases, query.words))
        index = _Index(session, scope, _any([*phrases, *words]), limit)
        if phrases:
            return index.best(_all(phrases))
        counted = _count(session, scope.session_id, words)
        number = counted.rare(_RANKED)
        rare, frequent = counted.words[:number], counted.words[number:]
        found = index.best(_any(rare)) if rare else []
        if len(found) < limit and frequent:  # few have a rare word: then those with frequent ones
            together = counted.meeting(number, 2 * limit)
            havings = (_all(frequent[:together]), _all(frequent[:1]), _any(frequent))
            for having in dict.fromkeys(havings):  # of one or two words some are the same
                if len(found) < limit:
                    found += [one for one in index.best(having) if one not in found]
        return found[:limit]


INDEX = Tsvectors()


class _Index:
    """The rows of a scope. `wanted`: what they are ranked by."""

    def __init__(self, session: Session, scope: Scope, wanted: str, limit: int) -> None:
        self._session = session
        self._query = _ranking(scope.documents)
        self._values = {**scope.values, "wanted": wanted, "ranked": _LOOKED_AT, "most": limit}

    def best(self, having: str) -> list[int]:
        """Return the best rows that match."""
        values = {**self._values, "having": having}
        return list(self._session.connection().scalars(self._query, values).all())


@lru_cache
def _ranking(documents: Select[str]) -> Select[Any]:
    """Return the query for the best rows of some documents that match."""
    candidates = (
        select(_WORDS.c.chunk_id, _WORDS.c.words)
        .where(text("words @@ to_tsquery('accord', :having)"))
        .where(_WORDS.c.document_id.in_(documents).is_(true()))  # not joined
        .limit(bindparam("ranked"))
        .subquery("candidates")
    )
    rank = text("ts_rank('{0, 0, 0.5, 1}', words, to_tsquery('accord', :wanted)) DESC")
    return (
        select(candidates.c.chunk_id).order_by(rank, candidates.c.chunk_id).limit(bindparam("most"))
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """Words, the rarest first; in how many passages of a session each is about, and how many there are."""

    words: list[str]
    counts: list[float]
    passages: float

    def rare(self, most: float) -> int:
        """Return how many of the first words are in so many passages at most, all together."""
        return len([rows for rows in accumulate(self.counts) if rows <= most])

    def meeting(self, first: int, least: float) -> int:
        """
        Return how many words, from `first`, are in the same passages so often at least, and not less than one.

        As often as if they had nothing to do with each other; those of a question have, so they are more. What nearly
        every passage has is left out: it tells none from another, and takes longest to look up.
        """
        shares = [one / self.passages for one in self.counts[first:]]
        most = max(_TELLING, shares[0])  # without statistics each is taken to be in every passage
        met = zip(shares, accumulate(shares, mul), strict=True)
        least /= self.passages
        return max(1, len([1 for share, all_ in met if share <= most and all_ >= least]))


def _count(session: Session, session_id: str, words: Sequence[str]) -> _Counted:
    driver: Any = session.connection().connection.driver_connection
    values = (list(words), session_id)
    rows = driver.execute(_COUNTS, values, prepare=True).fetchall()  # half of it is planning
    return _Counted(
        [word for word, _, _ in rows],
        [float(count) for _, _, count in rows],
        max((float(passages) for _, passages, _ in rows), default=0.0),
    )


def _any(words: Sequence[str]) -> str:
    return " | ".join(f"'{one}'" for one in words)


def _all(words: Sequence[str]) -> str:
    return " & ".join(f"'{one}'" for one in words)


def _plain(words: str) -> str:
    """Return words as they are compared: small letters, without accents (not without the vowels of other scripts)."""
    apart = unicodedata.normalize("NFKD", words.lower())
    bare = "".join(one for one in apart if not "\u0300" <= one <= "\u036f")
    return " ".join(one[:_MAX_WORD] for one in unicodedata.normalize("NFC", bare).split())


def _row(chunk: Indexed) -> dict[str, int | str]:
    return {
        "id": chunk.ident,
        "document": chunk.document_id,
        "words": _plain(chunk.words),
        "headings": _plain(chunk.heading_words),
    }
