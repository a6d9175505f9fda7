"""
What a run works on: the question, the statement as it stands, everybody's inputs, the critiques.

Gathered once at its beginning and kept, so that a run that goes on after a restart works on the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from collab import positions, statement
from collab.document import Document
from collab.positions import Anchor
from ingest.sentences import split
from store import critiques, inputs, participants, sessions
from store import suggestions as rows
from store.inputs import Quote


@dataclass(frozen=True, slots=True)
class GivenInput:
    """
    One input.

    Attributes:
        id: The row's id.
        alias: What a model knows it by: a few letters, another one in every run.
        person: Whose it is.
        author: Their name, where they allow it to be said; else None.
        quotable: Whether its words may be shown.
    """

    id: str
    alias: str
    person: str
    author: str | None
    quotable: bool
    text: str


@dataclass(frozen=True, slots=True)
class StandingSentence:
    """
    A sentence of the statement.

    Attributes:
        alias: ``s1``, ``s2``, ...
        paragraph: Number of the line it stands in.
        start, end: Yjs relative positions as JSON, holding on to it from inside.
    """

    alias: str
    text: str
    paragraph: int
    start: dict[str, Any]
    end: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GivenCritique:
    """A critique. `sentence`: the alias of the sentence it is about, if its place could be told."""

    text: str
    quote: str
    sentence: str | None


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a run works on. `proposed`: texts people have already been asked about."""

    question: str
    inputs: tuple[GivenInput, ...]
    sentences: tuple[StandingSentence, ...]
    critiques: tuple[GivenCritique, ...]
    proposed: tuple[str, ...]
    empty_start: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Material:
        """Read what `to_json` wrote."""
        return cls(
            question=value["question"],
            inputs=tuple(GivenInput(**one) for one in value["inputs"]),
            sentences=tuple(StandingSentence(**one) for one in value["sentences"]),
            critiques=tuple(GivenCritique(**one) for one in value["critiques"]),
            proposed=tuple(value["proposed"]),
            empty_start=value["empty_start"],
        )

    def input(self, alias: str) -> GivenInput | None:
        """Return the input a model calls this."""
        return next((one for one in self.inputs if one.alias == alias), None)

    def sentence(self, alias: str) -> StandingSentence | None:
        """Return the sentence a model calls this."""
        return next((one for one in self.sentences if one.alias == alias), None)


@dataclass(frozen=True, slots=True)
class Given:
    """What the rows say, before the statement is looked at."""

    question: str
    inputs: tuple[GivenInput, ...]
    critiques: tuple[tuple[str, str], ...]
    proposed: tuple[str, ...]


def read_given(session: Session, session_id: str, run: str) -> Given:
    """Read question, inputs and critiques of a session."""
    names = participants.names(session, session_id)
    given = []
    taken: set[str] = set()
    for row in inputs.of_session(session, session_id):
        alias = _alias(run, row.id, taken)
        named = row.quote == Quote.NAMED.value
        given.append(
            GivenInput(
                id=row.id,
                alias=alias,
                person=row.participant_id,
                author=names.get(row.participant_id) if named else None,
                quotable=row.quote != Quote.NEVER.value,
                text=row.text,
            )
        )
    return Given(
        question=sessions.get(session, session_id).question,
        inputs=tuple(given),
        critiques=tuple((one.text, one.quote) for one in critiques.unresolved(session, session_id)),
        proposed=tuple(
            row.text
            for row, _ in rows.of_session(session, session_id)
            if row.status in ("open", "accepted", "rejected") and row.run_id != run
        ),
    )


def look_at(document: Document, given: Given) -> Material:
    """Add the statement as it stands, each sentence with anchors that hold on to it."""
    text = statement.text_of(document)
    found = []
    line_start = 0
    for number, line in enumerate(text.split("\n"), 1):
        for sentence in split(line):
            start, end = line_start + sentence.start, line_start + sentence.end
            found.append((sentence.text, number, start, end))
        line_start += len(line) + 1
    ranges = [(start, end) for _, _, start, end in found]
    anchors = positions.anchor_ranges(document, [(0, 0), *ranges])
    sentences = tuple(
        StandingSentence(f"s{index}", words, number, start.to_json(), end.to_json())
        for index, ((words, number, _, _), (start, end)) in enumerate(
            zip(found, anchors[1:], strict=True), 1
        )
    )
    return Material(
        question=given.question,
        inputs=given.inputs,
        sentences=sentences,
        critiques=tuple(
            GivenCritique(words, quote, _about(quote, sentences))
            for words, quote in given.critiques
        ),
        proposed=given.proposed,
        empty_start=anchors[0][0].to_json(),
    )


def anchors_of(value: StandingSentence) -> tuple[Anchor, Anchor]:
    """Return a sentence's anchors."""
    return Anchor.from_json(value.start), Anchor.from_json(value.end)


def _about(quote: str, sentences: tuple[StandingSentence, ...]) -> str | None:
    for one in sentences:
        if quote and (quote in one.text or one.text in quote):
            return one.alias
    return None


def _alias(run: str, ident: str, taken: set[str]) -> str:
    """Three letters that say nothing and cannot be guessed by who wrote the input."""
    digest = hashlib.sha256(f"{run}/{ident}".encode()).digest()
    for at in range(len(digest) - 3):
        alias = "".join("bcdfghjkmnpqrstvwxyz"[byte % 20] for byte in digest[at : at + 3])
        if alias not in taken:
            taken.add(alias)
            return alias
    raise AssertionError("too many inputs for three letters")  # pragma: no cover
