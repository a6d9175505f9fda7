"""
From what a drafter says to proposals that are checked: form, targets, quotes word for word.

A `Drafter` yields proposals one by one. What it cites has been found in the inputs before anybody sees it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ai.errors import BadOutput
from ai.lint import carried
from ai.material import GivenInput, GivenPassage, Material, StandingSentence
from ai.models.base import Usage
from ai.quotes import Found, Source, Withheld
from ai.visible import one_line
from collab.suggestions import Kind

MAX_SENTENCE_CHARACTERS = 1000
MAX_REASON_CHARACTERS = 600
MAX_CITATIONS = 12
_MAX_LINE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Citation:
    """
    A quote that was found in an input, or in a document.

    Attributes:
        input: The input's id, or the document's.
        start, end: Where in its text.
        quote: The input's own words, None where its author does not allow them to be shown.
        author: Their name, where they allow that.
        document: Of a document ``{name, place, open}``: its name where it may be said, the anchor of the quote's
            beginning, whether all may open it; None of an input.
    """

    input: str
    start: int
    end: int
    quote: str | None
    author: str | None
    document: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """
    One proposal.

    Attributes:
        kind: What accepting it does.
        target: The sentence it replaces or follows; None for the beginning of the text.
        text: One sentence.
        citations: Never empty.
        reason: Why, for people.
    """

    kind: Kind
    target: StandingSentence | None
    text: str
    citations: tuple[Citation, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A proposal that was not shown, and why."""

    why: str


class Drafter(Protocol):
    """Something that proposes sentences."""

    @property
    def author(self) -> str:
        """The name people see at its proposals."""

    def draft(self, session_id: str, material: Material) -> AsyncGenerator[Draft | LeftOut | Usage]:
        """
        Yield proposals as they are made.

        Raises:
            ModelError, BudgetSpent: Everything yielded so far is to be withdrawn.
        """


class LineReader:
    """Cuts streamed text into lines."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        """
        Return the lines that are complete now.

        Raises:
            BadOutput: If a line does not end.
        """
        *lines, self._rest = (self._rest + piece).split("\n")
        if len(self._rest) > _MAX_LINE_CHARACTERS:
            raise BadOutput("(a line without end)")
        return lines

    def finish(self) -> list[str]:
        """Return the last line, which needs no line break."""
        rest, self._rest = self._rest, ""
        return [rest]


class ProposalReader:
    """Reads the lines of a model's answer, as `prompts/draft` asks for them."""

    def __init__(self, material: Material, *, max_proposals: int) -> None:
        self._material = material
        self._max_proposals = max_proposals
        self._count = 0
        self._sources: dict[str, Source] = {}
        self._withheld = withheld(material)
        self._said = {
            said_key(text)
            for text in (*material.proposed, *(one.text for one in material.sentences))
        }
        self.ended = False

    def read(self, line: str) -> Draft | LeftOut | None:
        """
        Return the proposal of a line, None for an empty one and for the end.

        Raises:
            BadOutput: If the line is not one of the agreed forms.
        """
        if not line.strip():
            return None
        value = _object(line)
        if self.ended:
            raise BadOutput("(text after the end)")
        if value.get("do") == "end":
            self.ended = True
            return None
        self._count += 1
        if self._count > self._max_proposals:
            raise BadOutput("(more proposals than asked for)")
        return self._proposal(value)

    def _proposal(self, value: dict[str, Any]) -> Draft | LeftOut:
        text = one_line(_text(value, "text", MAX_SENTENCE_CHARACTERS))
        reason = one_line(_text(value, "reason", MAX_REASON_CHARACTERS))
        cites = value.get("cites")
        if not any(map(str.isalnum, text)) or not isinstance(cites, list):
            raise BadOutput("(a proposal without text or citations)")
        if len(cites) > MAX_CITATIONS:
            raise BadOutput("(more citations than anybody reads)")
        kind, target = self._target(value)
        citations = [found for cite in cites if (found := self._citation(cite)) is not None]
        if not citations:
            return LeftOut("its quotes are not in the inputs word for word")
        if all(one.document is not None for one in citations):
            return LeftOut("it rests on documents alone, and no participant says it")
        if any(map(self._withheld.is_repeated_in, (text, reason))):
            return LeftOut("it repeats what must not be quoted")
        if carried(text, (one.quote for one in citations if one.quote)) or carried(reason):
            return LeftOut("it holds a link, markup or a mention that none of its sources has")
        if said_key(text) in self._said:
            return LeftOut("it has been said or proposed before")
        self._said.add(said_key(text))
        return Draft(kind, target, text, tuple(citations), reason)

    def _target(self, value: dict[str, Any]) -> tuple[Kind, StandingSentence | None]:
        if value.get("do") == "replace":
            sentence = self._sentence(value.get("sentence"))
            if sentence is None:
                raise BadOutput("(replaces a sentence that does not exist)")
            return Kind.REPLACE, sentence
        if value.get("do") != "add":
            raise BadOutput("(neither add nor replace)")
        after = value.get("after")
        target = self._sentence(after)
        if after is not None and target is None:
            raise BadOutput("(follows a sentence that does not exist)")
        new = value.get("new_paragraph", False)
        if not isinstance(new, bool):
            raise BadOutput("(new_paragraph is not true or false)")
        return Kind.PARAGRAPH if new else Kind.SENTENCE, target

    def _sentence(self, alias: Any) -> StandingSentence | None:
        return self._material.sentence(alias) if isinstance(alias, str) else None

    def _citation(self, cite: Any) -> Citation | None:
        if not isinstance(cite, dict):
            raise BadOutput("(a citation that is no object)")
        alias, quote = cite.get("input"), cite.get("quote")
        if not isinstance(alias, str) or not isinstance(quote, str):
            raise BadOutput("(a citation without input or quote)")
        given = self._material.input(alias) or self._material.passage(alias)
        if given is None:
            return None
        if alias not in self._sources:
            self._sources[alias] = Source(given.text)
        found = self._sources[alias].find(quote)
        return cited(given, found) if found is not None else None


def cited(source: GivenInput | GivenPassage, found: Found) -> Citation:
    """Return the citation of what was found in a source, as its author allows it to be shown."""
    document, before = None, 0
    if isinstance(source, GivenPassage):
        before = source.start
        place = source.place_of(found.start)
        document = {"name": source.name, "place": place, "open": source.open}
    return Citation(
        input=source.id,
        start=before + found.start,
        end=before + found.end,
        quote=one_line(found.text) if source.quotable else None,
        author=one_line(source.author) if source.quotable and source.author else None,
        document=document,
    )


def withheld(material: Material) -> Withheld:
    """Return the words nobody may be shown: of sources that must not be quoted, and of private critiques."""
    secret = [one.text for one in material.sources if not one.quotable]
    secret += [one.text for one in material.critiques if one.private]
    public = [material.question, *material.proposed]
    public += [one.text for one in material.sentences]
    public += [one.text for one in material.critiques if not one.private]
    public += [one.text for one in material.evidence if one.open and one.quotable]
    return Withheld(secret, public=public)


def rests_on(draft: Draft, sources: Iterable[GivenInput | GivenPassage]) -> bool:
    """Whether a proposal cites one of these inputs or documents, or repeats its words."""
    found = list(sources)
    idents = {one.id for one in found}
    words = Withheld(one.text for one in found)
    return any(one.input in idents for one in draft.citations) or any(
        map(words.is_repeated_in, (draft.text, draft.reason))
    )


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise BadOutput("(a line that is not JSON)") from exc
    if not isinstance(value, dict):
        raise BadOutput("(a line that is no object)")
    return value


def _text(value: dict[str, Any], name: str, limit: int) -> str:
    found = value.get(name, "")
    if not isinstance(found, str) or len(found) > limit:
        raise BadOutput(f"({name} is no text, or too long)")
    return found


def said_key(text: str) -> str:
    """Return a text as it is compared with what has been said."""
    return " ".join(text.casefold().split())
