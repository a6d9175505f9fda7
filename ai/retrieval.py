"""
Which passages of the session's documents a run reads: what the question, the critiques and each person's input ask for.

Everybody's input looks for evidence once, before anybody's does twice. A document is no opinion: its passages stand
beside the inputs, are cited like them, and count for nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from ai.budget import MAX_EVIDENCE_BYTES, MAX_PASSAGES, MAX_QUERIES, beginning
from ai.material import Given, GivenPassage, alias, alias_seed, terms
from ingest.errors import EmbeddingFailed
from store import documents, participants, passages
from store.database import Database
from store.documents import BOT, DocumentStatus
from store.search import Meaning, Search, fuse

#: Returns the embedding of a session's query, None where search is by words only.
MeaningOf = Callable[[str, str], Awaitable[Meaning | None]]

#: Of a text that is a query, so much is looked for.
_QUERY_BYTES = 1000

_HITS = 5


class Retrieval:
    """Looks passages up for the bot: among all documents of the session, also private ones."""

    def __init__(self, database: Database, search: Search, meaning: MeaningOf) -> None:
        self._database = database
        self._search = search
        self._meaning = meaning

    async def add_evidence(self, session_id: str, given: Given) -> Given:
        """Return what was given with the passages that have to do with it."""
        if not await self._database.read(documents.has_ready, session_id):
            return given
        rankings: dict[str, list[int]] = {}
        for at, query in enumerate(queries(given)):
            meaning = await self._meant(session_id, query)
            best = await self._search.best(
                session_id, query, viewer=BOT, meaning=meaning, limit=_HITS
            )
            rankings[str(at)] = [ident for ident, _, _ in best]
        chunks = [ident for ident, _, _ in fuse(rankings)[:MAX_PASSAGES]]
        taken = {one.alias for one in given.inputs}
        seed = alias_seed((one.id, one.text) for one in given.inputs)
        found = await self._database.read(_passages, session_id, seed, chunks, taken)
        return replace(given, evidence=found)

    async def _meant(self, session_id: str, query: str) -> Meaning | None:
        try:
            return await self._meaning(session_id, query)
        except EmbeddingFailed:
            return None  # by words, then


def queries(given: Given) -> list[str]:
    """Return what is looked for: the question, then one input of everybody and the critiques by turns."""
    by_person: dict[str, list[str]] = {}
    for one in given.inputs:
        by_person.setdefault(one.person, []).append(one.text)
    by_person["critiques"] = [one.text for one in given.critiques]
    turns = max(map(len, by_person.values()))
    texts = [given.question]
    texts += [own[turn] for turn in range(turns) for own in by_person.values() if turn < len(own)]
    return [beginning(text, _QUERY_BYTES) for text in texts[:MAX_QUERIES] if text.strip()]


def _passages(
    session: Session, session_id: str, seed: str, chunks: Sequence[int], taken: set[str]
) -> tuple[GivenPassage, ...]:
    names = participants.names(session, session_id)
    rows = passages.get_many(session, chunks)
    found = []
    left = MAX_EVIDENCE_BYTES
    for chunk, row in (rows[ident] for ident in chunks if ident in rows):
        if row.status != DocumentStatus.READY.value:
            continue
        left -= len(chunk.text.encode())
        if left < 0:
            break
        blocks = documents.text_of(session, row.id).blocks
        name, author, quotable, shown = terms(row, names)
        found.append(
            GivenPassage(
                id=row.id,
                alias=alias(seed, f"{row.id}/{chunk.start}", taken),
                name=name,
                author=author,
                quotable=quotable,
                open=shown,
                start=chunk.start,
                text=chunk.text,
                places=[
                    [max(0, start - chunk.start), anchor]
                    for _, start, end, _, anchor in blocks
                    if end > chunk.start and start < chunk.end
                ],
            )
        )
    return tuple(found)
