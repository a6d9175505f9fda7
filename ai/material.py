"""
What a run works on: the question, the statement as it stands, everybody's inputs, the critiques, passages of documents.

Gathered once at its beginning and kept, so that a run that goes on after a restart works on the same. What people
take back meanwhile is taken back all the same (`changed`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from ai.budget import (
    MAX_CRITIQUE_BYTES,
    MAX_INPUT_BYTES,
    MAX_PROPOSED_BYTES,
    MAX_SENTENCES,
    allot,
    beginning,
)
from ai.errors import RunFailed
from collab import positions, statement
from collab.document import Document
from collab.frozen import canonical
from collab.positions import Anchor
from ingest.sentences import split
from store import critiques, documents, inputs, participants, sessions
from store import suggestions as rows
from store.critiques import Visibility
from store.documents import DocumentStatus
from store.documents import Visibility as Readers
from store.errors import NotFound
from store.inputs import Quote
from store.models import Critique, Input
from store.models import Document as GivenFile


@dataclass(frozen=True, slots=True)
class GivenInput:
    """
    One input.

    Attributes:
        id: The row's id.
        alias: What a model knows it by: a few letters, other ones as soon as anybody gives or changes something.
        person: Whose it is.
        author: Their name, where they allow it to be said; else None.
        quotable: Whether its words may be shown.
        text: Its words; of a very long one, the beginning.
        whole: Whether that is all of it.
    """

    id: str
    alias: str
    person: str
    author: str | None
    quotable: bool
    text: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """
    A passage of a document: evidence, never anybody's opinion.

    Attributes:
        id: The document's id.
        alias: What a model knows the passage by.
        name: The file's name, where it may be said; else None.
        author: Who gave it, where they allow it to be said; else None.
        quotable: Whether its words may be shown.
        open: Whether everybody in the session may open the document.
        start: Where it begins, in characters of the document's text.
        places: Where parts of it stand: [offset in `text`, anchor as JSON], the first at 0.
    """

    id: str
    alias: str
    name: str | None
    author: str | None
    quotable: bool
    open: bool
    start: int
    text: str
    places: list[Any]

    def place_of(self, offset: int) -> dict[str, Any] | None:
        """Return the anchor of a character; of what must not be quoted without its words."""
        found: dict[str, Any] | None = None
        for at, place in self.places:
            if at > offset:
                break
            found = place
        if found is None or self.quotable:
            return found
        return {
            name: one for name, one in found.items() if name in ("kind", "number", "start", "end")
        }


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
    """
    A critique.

    Attributes:
        quote: The words of the statement it is about.
        sentence: The alias of the sentence it is about, if its place could be told.
        private: Whether it was said to the bot alone.
    """

    text: str
    quote: str
    sentence: str | None
    private: bool


@dataclass(frozen=True, slots=True)
class Material:
    """
    Everything a run works on.

    Attributes:
        proposed: Texts people have already been asked about.
        undecided: Those of them that still wait for an answer.
        empty_start: The place before all sentences.
        unread: Why not all of what people gave is here, in words for people.
        evidence: Passages of documents that have to do with it (`ai.retrieval`).
    """

    question: str
    inputs: tuple[GivenInput, ...]
    sentences: tuple[StandingSentence, ...]
    critiques: tuple[GivenCritique, ...]
    proposed: tuple[str, ...]
    empty_start: dict[str, Any]
    unread: tuple[str, ...] = ()
    evidence: tuple[GivenPassage, ...] = ()
    undecided: tuple[str, ...] = ()

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
            unread=tuple(value["unread"]),
            evidence=tuple(GivenPassage(**one) for one in value.get("evidence", ())),
            undecided=tuple(value.get("undecided", ())),
        )

    @property
    def sources(self) -> tuple[GivenInput | GivenPassage, ...]:
        """Everything that can be cited."""
        return (*self.inputs, *self.evidence)

    def passage(self, alias: str) -> GivenPassage | None:
        """Return the passage a model calls this."""
        return next((one for one in self.evidence if one.alias == alias), None)

    def input(self, alias: str) -> GivenInput | None:
        """Return the input a model calls this."""
        return next((one for one in self.inputs if one.alias == alias), None)

    def sentence(self, alias: str) -> StandingSentence | None:
        """Return the sentence a model calls this."""
        return next((one for one in self.sentences if one.alias == alias), None)

    def without(self, idents: frozenset[str]) -> Material:
        """Return it without these inputs and documents."""
        return replace(
            self,
            inputs=tuple(one for one in self.inputs if one.id not in idents),
            evidence=tuple(one for one in self.evidence if one.id not in idents),
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What the rows say, before the statement is looked at. A critique without its `sentence` yet."""

    question: str
    inputs: tuple[GivenInput, ...] = ()
    critiques: tuple[GivenCritique, ...] = ()
    proposed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    evidence: tuple[GivenPassage, ...] = ()
    undecided: tuple[str, ...] = ()


def read_given(session: Session, session_id: str, run: str) -> Given:
    """Read question, inputs and critiques of a session, as much of them as can be read at once."""
    given = _given_inputs(session, session_id)
    asked = [row for row, _ in rows.of_session(session, session_id) if row.run_id != run]
    objections, more = _critiques(critiques.unresolved(session, session_id))
    unread = []
    if cut := sum(not one.whole for one in given):
        unread.append(f"{cut} of the inputs are too long together to be read to their end")
    if more:
        unread.append(f"{more} of the critiques are too much to be read at once")
    return Given(
        question=sessions.get(session, session_id).question,
        inputs=tuple(one for one in given if one.text),
        critiques=tuple(objections),
        proposed=_newest(
            [row.text for row in asked if row.status in ("open", "accepted", "rejected")]
        ),
        unread=tuple(unread),
        undecided=tuple(row.text for row in asked if row.status == "open"),
    )


def changed(session: Session, session_id: str, material: Material) -> frozenset[str]:
    """Return the inputs and documents taken back since, or worded or permitted otherwise, by their ids."""
    names = participants.names(session, session_id)
    now = {row.id: row for row in inputs.of_session(session, session_id)}
    gone = frozenset(one.id for one in material.evidence if not _stands(session, one, names))
    return gone | frozenset(
        one.id
        for one in material.inputs
        if (row := now.get(one.id)) is None
        or not (row.text.startswith(one.text) if not one.whole else row.text == one.text)
        or (one.author, one.quotable) != _permission(row, names)
    )


def _stands(session: Session, passage: GivenPassage, names: Mapping[str, str]) -> bool:
    """Whether a document says this still, and on the same terms."""
    row = documents.find(session, passage.id)
    if row is None or row.status != DocumentStatus.READY.value:
        return False
    if (passage.name, passage.author, passage.quotable, passage.open) != terms(row, names):
        return False
    try:
        text = documents.text_of(session, passage.id).text
    except NotFound:
        return False
    return text[passage.start : passage.start + len(passage.text)] == passage.text


def terms(row: GivenFile, names: Mapping[str, str]) -> tuple[str | None, str | None, bool, bool]:
    """Return a document's name and its giver's where they may be said, and whether it may be quoted, and opened."""
    named, shown = row.quote == Quote.NAMED.value, row.visibility == Readers.SESSION.value
    return (
        row.name if named or shown else None,
        names.get(row.participant_id) if named else None,
        row.quote != Quote.NEVER.value,
        shown,
    )


def _given_inputs(session: Session, session_id: str) -> list[GivenInput]:
    names = participants.names(session, session_id)
    found = inputs.of_session(session, session_id)
    sizes = [(row.participant_id, _size(row.text)) for row in found]
    given = []
    seed = alias_seed((row.id, row.text) for row in found)
    taken: set[str] = set()
    for row, read in zip(found, allot(sizes, MAX_INPUT_BYTES), strict=True):
        author, quotable = _permission(row, names)
        text = beginning(row.text, read)
        given.append(
            GivenInput(
                id=row.id,
                alias=alias(seed, row.id, taken),
                person=row.participant_id,
                author=author,
                quotable=quotable,
                text=text,
                whole=text == row.text,
            )
        )
    return given


def _permission(row: Input, names: Mapping[str, str]) -> tuple[str | None, bool]:
    """Return the name that may be said, and whether its words may be shown."""
    named = row.quote == Quote.NAMED.value
    return names.get(row.participant_id) if named else None, row.quote != Quote.NEVER.value


def _critiques(found: Sequence[Critique]) -> tuple[list[GivenCritique], int]:
    """Return those that can be read, and how many cannot."""
    sizes = [(row.participant_id, _size(row.text + row.quote)) for row in found]
    read = [
        GivenCritique(row.text, row.quote, None, row.visibility == Visibility.PRIVATE.value)
        for row, (_, size), got in zip(found, sizes, allot(sizes, MAX_CRITIQUE_BYTES), strict=True)
        if got == size
    ]
    return read, len(found) - len(read)


def _newest(texts: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    left = MAX_PROPOSED_BYTES
    for text in reversed(texts):
        left -= _size(text)
        if left < 0:
            break
        kept.append(text)
    return tuple(reversed(kept))


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))


def look_at(document: Document, given: Given) -> Material:
    """
    Add the statement as it stands, each sentence with anchors that hold on to it.

    Raises:
        RunFailed: If it is too long.
    """
    text = statement.text_of(document)
    found = []
    line_start = 0
    for number, line in enumerate(text.split("\n"), 1):
        for sentence in split(line):
            start, end = line_start + sentence.start, line_start + sentence.end
            found.append((sentence.text, number, start, end))
        line_start += len(line) + 1
    if len(found) > MAX_SENTENCES:
        raise RunFailed(
            f"The statement has {len(found)} sentences; the bot can work on {MAX_SENTENCES} at most."
        )
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
            replace(one, sentence=_about(one.quote, sentences)) for one in given.critiques
        ),
        proposed=given.proposed,
        empty_start=anchors[0][0].to_json(),
        unread=given.unread,
        evidence=given.evidence,
        undecided=given.undecided,
    )


def anchors_of(value: StandingSentence) -> tuple[Anchor, Anchor]:
    """Return a sentence's anchors."""
    return Anchor.from_json(value.start), Anchor.from_json(value.end)


def _about(quote: str, sentences: tuple[StandingSentence, ...]) -> str | None:
    for one in sentences:
        if quote and (quote in one.text or one.text in quote):
            return one.alias
    return None


def alias_seed(given: Iterable[tuple[str, str]]) -> str:
    """
    Return what decides aliases: ids and texts of all inputs.

    Who writes one does not know those of the others; and while nobody changes anything, a model is asked the same.
    """
    return hashlib.sha256(canonical(sorted(map(list, given)))).hexdigest()


def alias(seed: str, ident: str, taken: set[str]) -> str:
    """A few letters that say nothing and cannot be guessed by who wrote the input."""
    digest = hashlib.sha256(f"{seed}/{ident}".encode()).digest()
    letters = "".join("bcdfghjkmnpqrstvwxyz"[byte % 20] for byte in digest)
    found = (letters[at : at + size] for size in (3, 8) for at in range(len(letters) - size))
    made = next(one for one in found if one not in taken)
    taken.add(made)
    return made
