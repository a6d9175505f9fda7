"""
Candidates: several sets of changes to the statement, each what one answer of a model or one way of quoting makes.

The statement as it stands is always one of them. Each has its own style and its own order of the points, so that what
comes first for one comes last for another. People nobody cites get a place in their own words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ai import prompts
from ai.claims import Claim
from ai.drafting import Citation, Draft, LeftOut, LineReader, ProposalReader, said_key
from ai.errors import Interrupted
from ai.material import Material
from ai.models.base import Prompt
from ai.visible import visible
from collab.suggestions import Kind

MAX_PROPOSALS = 12

#: Places a candidate gives to people it does not cite.
GUARANTEED_PLACES = 4

STATUS_QUO = "status quo"

STYLES = {
    "neutral": "Balanced: give every side its due place.",
    "minority first": "Begin with what few people say and most leave out; then what many share.",
    "minimal": "As few and as short sentences as carry what matters most.",
    "concrete": "Concrete: who does what by when, as far as the points say so.",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    Changes to the statement.

    Attributes:
        style: One of `STYLES`, of the extractive ways, or `STATUS_QUO`.
        left_out: Why some of what was proposed is not in it.
        added: How many people got a place in their own words.
        unheard: How many people are in none of its sentences all the same.
    """

    author: str
    style: str
    drafts: tuple[Draft, ...]
    left_out: tuple[str, ...] = ()
    added: int = 0
    unheard: int = 0

    @property
    def people(self) -> set[str]:
        """The inputs it cites."""
        return {cited.input for draft in self.drafts for cited in draft.citations}


def ask(
    material: Material, claims: Sequence[Claim], *, style: str, seed: str, max_tokens: int
) -> tuple[Prompt, dict[str, Claim]]:
    """
    Return the question for one candidate, and which point each id in it stands for.

    Args:
        seed: Decides ids and order; the same for the same material.
    """
    template = prompts.load("candidate", 3)
    ordered = sorted(claims, key=lambda one: lot(seed, style, _place(one)))
    ids = aliases(len(ordered), seed=f"{seed} {style}")
    known = dict(zip(ids, ordered, strict=True))
    people = {one: f"p{at}" for at, one in enumerate(dict.fromkeys(c.person for c in ordered), 1)}
    points = [
        {
            "id": alias,
            "by": people[one.person],
            "stance": one.stance,
            "point": visible(one.text),
            "quotable": one.quotable,
        }
        for alias, one in known.items()
        if one.text
    ]
    prompt = Prompt(
        ident=template.ident,
        system=template.render(max_sentences=MAX_PROPOSALS),
        shared=json.dumps(_shared(material), ensure_ascii=False),
        content=json.dumps({"points": points, "style": STYLES[style]}, ensure_ascii=False),
        max_tokens=max_tokens,
    )
    return prompt, known


def _shared(material: Material) -> dict[str, Any]:
    """Return what all candidates of a round are given alike."""
    return {
        "question": visible(material.question),
        "statement": [
            {"id": one.alias, "paragraph": one.paragraph, "text": visible(one.text)}
            for one in material.sentences
        ],
        "documents": [
            {"id": one.alias, "quotable": one.quotable, "text": visible(one.text)}
            for one in material.evidence
        ],
        "critiques": [
            {
                "about": one.sentence,
                "private": one.private,
                "quote": visible(one.quote),
                "text": visible(one.text),
            }
            for one in material.critiques
        ],
    }


def read(
    answer: str, material: Material, known: dict[str, Claim], *, author: str, style: str
) -> Candidate:
    """
    Read a candidate.

    Raises:
        ModelError: The answer is not of the agreed form or has no end.
    """
    reader = _ByClaims(material, known)
    lines = LineReader()
    drafts: list[Draft] = []
    left_out: list[str] = []
    for line in [*lines.feed(answer), *lines.finish()]:
        found = reader.read(line)
        if isinstance(found, LeftOut):
            left_out.append(found.why)
        elif found is not None:
            drafts.append(found)
    if not reader.ended:
        raise Interrupted("(the candidate has no end)")
    return Candidate(author, style, tuple(drafts), tuple(left_out))


class _ByClaims(ProposalReader):
    """Citations are ids of points, whose words have been found before, or quotes of documents."""

    def __init__(self, material: Material, known: dict[str, Claim]) -> None:
        super().__init__(material, max_proposals=MAX_PROPOSALS)
        self._said -= {said_key(text) for text in material.undecided}  # nobody has said no to it
        self._said |= {said_key(one.text) for one in material.sentences}
        self._known = known

    def _citation(self, cite: Any) -> Citation | None:
        if isinstance(cite, dict) and self._material.passage(str(cite.get("input"))) is not None:
            return super()._citation(cite)
        claim = self._known.get(cite) if isinstance(cite, str) else None
        return claim.citation if claim is not None else None


def give_places(candidate: Candidate, claims: Sequence[Claim], material: Material) -> Candidate:
    """Add a quote of people the candidate does not cite, the ones with fewest points first."""
    owners = {one.citation.input: one.person for one in claims}
    cited = {owners.get(ident) for ident in candidate.people}
    points: dict[str, list[Claim]] = {}
    for one in claims:
        if one.person not in cited:
            points.setdefault(one.person, []).append(one)
    waiting = sorted(points.values(), key=len)
    quotable = [own[0] for own in waiting if own[0].quotable and own[0].citation.quote]
    chosen = quotable[:GUARANTEED_PLACES]
    target = material.sentences[-1] if material.sentences else None
    quotes = [_quoted(one, target) for one in chosen]
    return replace(
        candidate,
        drafts=(*candidate.drafts, *quotes),
        added=len(chosen),
        unheard=len(waiting) - len(chosen),
    )


def rendered(material: Material, drafts: Iterable[Draft]) -> str:
    """Return the statement as it would read with these changes, a line per paragraph."""
    start: list[Draft] = []
    after: dict[str, list[Draft]] = {}
    instead: dict[str, str] = {}
    for draft in drafts:
        if draft.kind is Kind.REPLACE and draft.target is not None:
            instead[draft.target.alias] = draft.text
        elif draft.target is None:
            start.append(draft)
        else:
            after.setdefault(draft.target.alias, []).append(draft)
    lines: list[list[str]] = []

    def put(text: str, *, new: bool) -> None:
        if new or not lines:
            lines.append([])
        lines[-1].append(text)

    for draft in start:
        put(draft.text, new=draft.kind is Kind.PARAGRAPH)
    runs_on = bool(start) and start[-1].kind is not Kind.PARAGRAPH
    paragraph = material.sentences[0].paragraph if runs_on and material.sentences else None
    for sentence in material.sentences:
        put(instead.get(sentence.alias, sentence.text), new=sentence.paragraph != paragraph)
        paragraph = sentence.paragraph
        for draft in after.get(sentence.alias, ()):
            put(draft.text, new=draft.kind is Kind.PARAGRAPH)
    return "\n".join(" ".join(line) for line in lines)


def distinct(material: Material, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the statement as it stands and every candidate that differs from it and the others."""
    found = [Candidate("", STATUS_QUO, ())]
    seen = {_flat(rendered(material, ()))}
    for one in candidates:
        text = _flat(rendered(material, one.drafts))
        if text and text not in seen:
            seen.add(text)
            found.append(one)
    return found


def aliases(count: int, *, seed: str) -> list[str]:
    """Return so many ids of three letters that say nothing, other ones for every seed."""
    found: dict[str, None] = {}
    at = 0
    while len(found) < count:
        digest = hashlib.sha256(f"{seed} {at}".encode()).digest()
        found["".join("bcdfghjkmnpqrstvwxyz"[byte % 20] for byte in digest[:3])] = None
        at += 1
    return list(found)


def lot(seed: str, purpose: str, name: str) -> str:
    """Return something to sort by that only the seed decides."""
    return hashlib.sha256(json.dumps([seed, purpose, name]).encode()).hexdigest()


def _quoted(claim: Claim, target: Any) -> Draft:
    who = f"{claim.citation.author} says" if claim.citation.author else "One participant says"
    return Draft(
        kind=Kind.PARAGRAPH,
        target=target,
        text=f"{who}: “{' '.join((claim.citation.quote or '').split())}”",
        citations=(claim.citation,),
        reason="Nobody else's sentence cites this participant, so they have a place in their own words.",
    )


def _place(claim: Claim) -> str:
    return f"{claim.citation.input} {claim.citation.start} {claim.citation.end} {claim.text}"


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
