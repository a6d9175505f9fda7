"""
Finding passages by their words: what `store.words_sqlite` and `store.words_postgres` have in common.

Each session has words of its own in the index: every one begins with its session's mark. So a list of the index holds
what one session has, and however much others have costs nothing.

Words are found in any case, with or without accents, and by their English stem; no word is left out for being frequent.
Which language a text is in we do not know; to other languages than English the stemmer does little, and the same to a
query and to what it looks for. Scripts that write without spaces are indexed character by character and searched as
phrases, because a whole sentence of theirs would be taken for one word.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from store.scope import Scope

#: Thai to Myanmar, Khmer, kana, Han, Hangul.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff])"
)
_WORD = re.compile(r"\w+")
_PHRASE = re.compile(r'"([^"]+)"|“([^”]+)”|«([^»]+)»|„([^“”]+)[“”]')

_CONSONANTS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")

#: Words of a query that are looked for; a question pasted whole has more.
MAX_WORDS = 32


@dataclass(frozen=True, slots=True)
class Indexed:
    """A chunk as the index of words wants it."""

    ident: int
    session_id: str
    document_id: str
    text: str
    headings: tuple[str, ...]

    @property
    def words(self) -> str:
        """The words of its text, as those of its session."""
        return marked(session_mark(self.session_id), spaced(self.text))

    @property
    def heading_words(self) -> str:
        """The words of its headings, as those of its session."""
        return marked(session_mark(self.session_id), spaced(" ".join(self.headings)))


@dataclass(frozen=True, slots=True)
class Query:
    """
    What is looked for. Each part is words with spaces between: they stand together in that order.

    Attributes:
        phrases: What was in quotes: a passage has all of them.
        words: The other words: the more of them the better, and one at least where there are no phrases.
    """

    phrases: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is looked for."""
        return not self.phrases and not self.words

    def of_session(self, session_id: str) -> Query:
        """Return this query about the words of a session."""
        mark = session_mark(session_id)
        return Query(
            tuple(marked(mark, one) for one in self.phrases),
            tuple(marked(mark, one) for one in self.words),
        )


class Words(Protocol):
    """The index of words of a database."""

    def add(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Put chunks in."""

    def remove(self, session: Session, chunks: Collection[Indexed]) -> None:
        """Take chunks out, as they were put in."""

    def purge(self, session: Session) -> None:
        """Leave nothing in the index of what was taken out."""

    def best(self, session: Session, scope: Scope, query: Query, limit: int) -> list[int]:
        """
        Return the numbers of the chunks of a scope that hold words of a query, the best first.

        Args:
            query: As it is asked; it is looked for among the words of the session.
        """


def parse(query: str) -> Query:
    """Return what a query looks for; whatever characters it has, it is one."""
    phrases = (spaced(next(filter(None, one.groups()))) for one in _PHRASE.finditer(query))
    rest = _WORD.findall(_PHRASE.sub(" ", query))[:MAX_WORDS]
    return Query(_distinct(phrases), _distinct(spaced(word) for word in rest))


def spaced(words: str) -> str:
    """Return nothing but the words of a text, with spaces between."""
    return " ".join(_WORD.findall(_UNSPACED.sub(r" \1 ", words).replace("_", " ")))


def session_mark(session_id: str) -> str:
    """
    Return what a session's words begin with in the index, so that each session has words of its own.

    Six consonants: without a vowel the stemmer takes nothing of a word for a suffix that it would leave without them.
    Two sessions with the same 24 bits would share their lists, not what is found: that is asked by document.
    """
    digest = hashlib.blake2b(session_id.encode(), digest_size=3).hexdigest()
    return digest.translate(_CONSONANTS)


def marked(mark: str, words: str) -> str:
    """Return words, with spaces between, as those of a session."""
    return " ".join(mark + one for one in words.split())


def _distinct(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, parts)))
