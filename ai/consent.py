"""
Quotes as their authors allow them now, not as they did when they were cited.

Who says later that an input must not be quoted, or not by name, or takes it back, is no longer quoted, or named: in
suggestions, measures, reports, and in the live document. What was withheld when it was cited stays withheld. What
went into the statement is the group's text and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ai.material import terms
from ai.quotes import Withheld
from collab.suggestions import Status
from store import documents, inputs, participants, suggestions
from store.documents import BOT
from store.inputs import Quote
from store.models import Suggestion

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be shown of a source. `document`: whether the file may be told, and whether all may open it."""

    quotable: bool
    named: bool
    document: tuple[bool, bool] = (False, False)


_NOTHING = Terms(quotable=False, named=False)


class Consent:
    """The terms of all inputs and documents of a session that stand."""

    def __init__(self, known: Mapping[str, Terms]) -> None:
        self._known = known

    @classmethod
    def load(cls, session: Session, session_id: str) -> Consent:
        """Read them."""
        known = {
            row.id: Terms(row.quote != Quote.NEVER.value, row.quote == Quote.NAMED.value)
            for row in inputs.of_session(session, session_id)
        }
        names = participants.names(session, session_id)
        for row in documents.of_session(session, session_id, BOT):
            name, author, quotable, shown = terms(row, names)
            known[row.id] = Terms(quotable, author is not None, (name is not None, shown))
        return cls(known)

    def of(self, source: Mapping[str, Any]) -> Json:
        """Return a source as it may be shown now."""
        now = self._known.get(source["input"], _NOTHING)
        found = source.get("document")
        if found is not None:
            told, shown = now.document
            found = {**found, "name": found["name"] if told else None}
            found["open"] = found["open"] and shown
        return {
            **source,
            "quote": source["quote"] if now.quotable else None,
            "author": source["author"] if now.named else None,
            "document": found,
        }


def unquoted(sources: Iterable[Mapping[str, Any]]) -> int:
    """Return how many inputs stand behind a sentence without being quoted."""
    return len(
        {one["input"] for one in sources if one["quote"] is None and one.get("document") is None}
    )


@dataclass(frozen=True, slots=True)
class Cited:
    """
    A suggestion that cites something, as it may be shown now.

    Attributes:
        sources: All of its sources.
        says_too_much: Its own text repeats words, or a name, that must not be shown.
    """

    id: str
    sources: list[Json]
    says_too_much: bool


def citing(session: Session, session_id: str, ident: str) -> list[Cited]:
    """Return the suggestions that cite an input or a document."""
    consent = Consent.load(session, session_id)
    found = []
    for row, _ in suggestions.of_session(session, session_id):
        if any(source["input"] == ident for source in row.sources):
            sources = [consent.of(source) for source in row.sources]
            found.append(Cited(row.id, sources, _says_too_much(row, sources, ident)))
    return found


def _says_too_much(row: Suggestion, sources: Sequence[Json], ident: str) -> bool:
    """Whether people could still decide to put in what its author does not allow any more."""
    if row.status != Status.OPEN.value:
        return False
    said = f"{row.text} {row.reason}"
    for before, now in zip(row.sources, sources, strict=True):
        if before["input"] != ident:
            continue
        hidden = before["quote"] is not None and now["quote"] is None
        if hidden and Withheld([before["quote"]], public=[row.base]).is_repeated_in(said):
            return True
        if before["author"] and not now["author"] and before["author"] in said:
            return True
    return False
