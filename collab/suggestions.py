"""
Suggestions in the shared document: what everybody sees of them, live.

An entry of the `suggestions` map is a picture. What counts is the server's row of the same id, so nothing is ever
decided by what this map says: anybody who may write can write into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pycrdt import Map, Text

from collab import positions, statement
from collab.document import SUGGESTIONS, Document
from collab.errors import Stale
from collab.positions import Anchor


class Status(StrEnum):
    """The life of a suggestion."""

    DRAFTING = "drafting"  #: its text is still being written
    OPEN = "open"  #: people may decide
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    STALE = "stale"  #: the text it was made for has changed
    WITHDRAWN = "withdrawn"  #: its run failed, or its source was taken back


class Kind(StrEnum):
    """What accepting a suggestion does."""

    PARAGRAPH = "paragraph"  #: puts its text on a line of its own
    SENTENCE = "sentence"  #: continues the paragraph its predecessor in the run opened
    REPLACE = "replace"  #: puts its text in the place of `base`


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A suggestion as its run makes it.

    Attributes:
        ident: Its id, the same in the map and in the server's row.
        run: The run that makes it.
        author: The name people see.
        kind: What accepting it does.
        start, end: Where, from inside of `base`; equal for text that is new.
        base: The characters it replaces; empty for text that is new.
        reason: Why, in a sentence for people.
        created_at: ISO 8601, UTC.
    """

    ident: str
    run: str
    author: str
    kind: Kind
    start: Anchor
    end: Anchor
    base: str
    reason: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """
    Another suggestion of the same run for the same place that is in the statement already.

    Attributes:
        ordinal: Its turn in the run.
    """

    ordinal: int
    kind: Kind
    start: Anchor
    end: Anchor


@dataclass(frozen=True, slots=True)
class Acceptance:
    """
    What accepting needs to know of a suggestion.

    Attributes:
        text: What goes into the statement.
        siblings: The run's accepted suggestions, so that its order is kept whatever the order of clicks.
    """

    ordinal: int
    kind: Kind
    start: Anchor
    end: Anchor
    base: str
    text: str
    siblings: tuple[Sibling, ...] = field(default=())


def propose(document: Document, proposal: Proposal) -> None:
    """Write a new entry without text, status `drafting`."""
    entries = document.root_map(SUGGESTIONS)
    entry: Map[Any] = Map(
        {
            "author": proposal.author,
            "run": proposal.run,
            "kind": proposal.kind.value,
            "status": Status.DRAFTING.value,
            "start": proposal.start.to_json(),
            "end": proposal.end.to_json(),
            "base": proposal.base,
            "text": Text(""),
            "sources": [],
            "reason": proposal.reason,
            "created_at": proposal.created_at,
        }
    )
    entries[proposal.ident] = entry


def write_text(document: Document, ident: str, text: str) -> None:
    """Append to an entry's text, as a model streams it. Does nothing if the entry is gone."""
    entry = _entry(document, ident)
    target = entry.get("text") if entry is not None else None
    if isinstance(target, Text):
        positions.insert(target, len(positions.measure(target)), text)


def set_fields(document: Document, ident: str, fields: Mapping[str, Any]) -> None:
    """Set plain fields (`status`, `sources`, `decided_by`, ...) of an entry. Does nothing if it is gone."""
    entry = _entry(document, ident)
    if entry is not None:
        for name, value in fields.items():
            entry[name] = value


def remove(document: Document, ident: str) -> None:
    """Take an entry out. Does nothing if it is gone."""
    entries = document.root_map(SUGGESTIONS)
    if ident in entries:
        del entries[ident]


def shown_status(document: Document, ident: str) -> str | None:
    """Return the status the map shows, None if it shows no such suggestion."""
    entry = _entry(document, ident)
    status = entry.get("status") if entry is not None else None
    return status if isinstance(status, str) else None


def shown_text(document: Document, ident: str) -> str:
    """Return the text the map shows, empty if there is none."""
    entry = _entry(document, ident)
    text = entry.get("text") if entry is not None else None
    return positions.measure(text).text if isinstance(text, Text) else ""


def accept(document: Document, acceptance: Acceptance) -> tuple[Anchor, Anchor]:
    """
    Put an accepted suggestion's text into the statement.

    Returns:
        Anchors that hold on to the text where it stands now.

    Raises:
        Stale: If the text it was made for is no longer there.
        AnchorLost: If its place is gone.
    """
    return positions.anchors_around(document, *_place(document, acceptance))


def _place(document: Document, acceptance: Acceptance) -> tuple[int, int]:
    if acceptance.kind is Kind.REPLACE:
        start, end = positions.resolve_range(document, acceptance.start, acceptance.end)
        if statement.text_of(document)[start:end] != acceptance.base:
            raise Stale("the text this suggestion replaces has changed")
        return statement.replace(document, start, end, acceptance.text)
    earlier = [one for one in acceptance.siblings if one.ordinal < acceptance.ordinal]
    later = [one for one in acceptance.siblings if one.ordinal > acceptance.ordinal]
    for sibling in sorted(earlier, key=lambda one: one.ordinal, reverse=True):
        (at,) = positions.resolve(document, (sibling.end,))
        if at is not None:
            joins = acceptance.kind is Kind.SENTENCE
            return _insert(document, at, acceptance.text, joins=joins)
    for sibling in sorted(later, key=lambda one: one.ordinal):
        (at,) = positions.resolve(document, (sibling.start,))
        if at is not None:
            joins = sibling.kind is Kind.SENTENCE
            return _insert(document, at, acceptance.text, joins=joins)
    at, _ = positions.resolve_range(document, acceptance.start, acceptance.end)
    whole = statement.text_of(document)
    inside_a_line = at > 0 and whole[at - 1] != "\n"
    joins = acceptance.kind is Kind.SENTENCE and inside_a_line
    return _insert(document, at, acceptance.text, joins=joins)


def _insert(document: Document, at: int, text: str, *, joins: bool) -> tuple[int, int]:
    if joins:
        return statement.insert_sentence(document, at, text)
    return statement.insert_paragraph(document, at, text)


def _entry(document: Document, ident: str) -> Map[Any] | None:
    entries = document.root_map(SUGGESTIONS)
    entry = entries.get(ident)
    return entry if isinstance(entry, Map) else None
