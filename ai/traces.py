"""
Telling what comes from an input that is being erased: what cites it, and what repeats its words.

Both are needed. A model words things its own way and cites; people and models also copy without saying so. What
stands in the statement is the group's text, and what somebody else says in their own words is theirs: neither counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ai.quotes import Withheld
from store.models import Erasure

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Traces:
    """
    What one erasure looks for.

    Attributes:
        id: The input or document.
        room: The number of the session's room.
        since: What is older cannot come from it.
        statement: The statement as it stands.
        words: What it said.
        texts: The same, and what was made of it, as whole texts however short.
    """

    id: str
    session_id: str
    room: int
    since: datetime
    statement: str
    words: Withheld
    texts: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        erasure: Erasure,
        room: int,
        statement: str,
        *,
        drawn: Iterable[str],
        others: Iterable[str],
    ) -> Traces:
        """
        Return what an erasure looks for.

        Args:
            drawn: Texts that were made of it.
            others: What other people said in their own words.
        """
        drawn, others = list(drawn), list(others)
        words = Withheld([*erasure.words, *drawn], public=[statement, *others])
        texts = {one.strip() for one in (*erasure.words, *drawn)} - {one.strip() for one in others}
        texts = {one for one in texts if one and one not in statement}
        return cls(
            erasure.id,
            erasure.session_id,
            room,
            erasure.since,
            statement,
            words,
            frozenset(texts),
        )

    def cited_in(self, sources: Iterable[Json]) -> bool:
        """Whether one of these sources or citations is it."""
        return any(one["input"] == self.id for one in sources)

    def repeated_in(self, *texts: str | None) -> bool:
        """Whether one of these texts repeats its words, or is it."""
        return any(
            text and (text.strip() in self.texts or self.words.is_repeated_in(text))
            for text in texts
        )

    def stands(self, text: str | None) -> bool:
        """Whether a text is in the statement as it is."""
        return text is not None and text != "" and text in self.statement

    def sources(self, given: Sequence[Json]) -> list[Json]:
        """Return a suggestion's sources with nothing left of it but that there was one."""
        return [_emptied(one) if one["input"] == self.id else one for one in given]

    def material(self, value: Json) -> Json:
        """Return the material of a round without it."""
        return value | {
            "inputs": [one for one in value["inputs"] if one["id"] != self.id],
            "evidence": [one for one in value.get("evidence", ()) if one["id"] != self.id],
            "proposed": [one for one in value["proposed"] if not self.repeated_in(one)],
            "undecided": [one for one in value.get("undecided", ()) if not self.repeated_in(one)],
            "sentences": [
                one | {"text": ""} if self.repeated_in(one["text"]) else one
                for one in value["sentences"]
            ],
            "critiques": [
                one | {"quote": ""} if self.repeated_in(one["quote"]) else one
                for one in value["critiques"]
            ],
        }

    def drafts(self, given: Sequence[Json]) -> list[Json]:
        """Return the changes of a candidate that owe nothing to it."""
        return [
            one
            for one in given
            if not self.cited_in(one["citations"])
            and not self.repeated_in(one["text"], one["reason"])
        ]


def _emptied(source: Json) -> Json:
    return source | {
        "start": 0,
        "end": 0,
        "quote": None,
        "author": None,
        "document": None,
        "erased": True,
    }
