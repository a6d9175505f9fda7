"""
From an upload to its searchable passages, step by step. Durable: see `store.jobs`.

A whole upload is handed over: its bytes to where files are kept, its row to the database, its work to a job. Each of
the three may be repeated, so what a kill interrupts is done again at the next start. The steps of the job are
idempotent too: what was read is replaced, chunks are cut anew, what has a vector is not embedded again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from ingest.blocks import Extraction, anchor_json, blocks_json, blocks_of
from ingest.chunks import Chunk, estimate, split
from ingest.embedding import Embedder, Purpose, batches
from ingest.errors import EmbeddingFailed, ExtractionFailed, IngestError, Unusable
from ingest.extraction import Extractor
from ingest.metadata import wishes
from ingest.uploads import Spool, Upload, incoming
from store import audit, documents, models, passages, sessions
from store.blobs import Blobs
from store.database import Database
from store.documents import DocumentStatus
from store.errors import FilesUnavailable, NotFound
from store.jobs import Jobs, Steps
from store.models import Document
from store.passages import NewChunk
from store.search import Meaning

logger = logging.getLogger(__name__)

JOB = "ingest"
EMBED_JOB = "embed"

#: Chunks of one transaction: edits of the statement go in between two.
_CHUNKS_AT_ONCE = 50

#: Chunks that are embedded before their vectors are kept.
_VECTORS_AT_ONCE = 64

#: Reading takes most of the time that people see: the share of it in percent.
_READING, _CUTTING = 60, 70

_WORDS_ONLY = (
    "This file is found by its words only: the model that finds it by meaning could not be used."
)

#: Progress is a write to the database, and nobody reads faster.
_TELL_SECONDS = 0.25

_ATTEMPTS = 4
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0

#: Called with a document's id whenever it has got further.
Watch = Callable[[str], Awaitable[None]]


class Ingest:
    """
    The way of all documents.

    Args:
        embedder: None for search by words only.
        max_tokens: Of a chunk.
        watch: Told of every step.
        first_wait: Seconds before something that failed for a while is tried again; then twice as long.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        spool: Spool,
        jobs: Jobs,
        extractor: Extractor,
        embedder: Embedder | None,
        *,
        max_tokens: int,
        watch: Watch,
        first_wait: float = _FIRST_WAIT,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._spool = spool
        self._jobs = jobs
        self._extractor = extractor
        self._embedder = embedder
        self._max_tokens = max_tokens
        self._watch = watch
        self._first_wait = first_wait
        self._taking = asyncio.Lock()
        jobs.define(JOB, self._job)
        jobs.define(EMBED_JOB, self._embed_job)

    @property
    def model(self) -> str | None:
        """The embedding model of the server, None where search is by words only."""
        return self._embedder.model if self._embedder is not None else None

    async def model_of(self, session_id: str) -> str | None:
        """The embedding model that documents of a session get; None for words only, or where it may use none."""
        embedder = await self._embedder_of(session_id)
        return embedder.model if embedder is not None else None

    async def _embedder_of(self, session_id: str) -> Embedder | None:
        """The model, unless it is another server's and the session uses none of those."""
        embedder = self._embedder
        if embedder is None or not embedder.external:
            return embedder
        allowed = await self._database.read(sessions.allows_external_ai, session_id)
        return embedder if allowed else None

    async def meaning(self, session_id: str, query: str) -> Meaning | None:
        """
        Return the embedding of a session's query, None where there is no model for it.

        Raises:
            EmbeddingFailed: If the model cannot be had.
        """
        if not query.strip():
            return None
        embedder = await self._embedder_of(session_id)
        if embedder is None:
            return None
        (vector,) = await embedder.embed([query], Purpose.QUERY)
        return Meaning(embedder.model, vector)

    async def take(self, upload: Upload) -> Document:
        """
        Make a document of a whole upload, under the upload's id, and set to work on it.

        Raises:
            FilesUnavailable: If its bytes cannot be kept now; `take_whole` tries again.
        """
        async with self._taking:
            document = await self._take(upload)
        await self._jobs.submit(JOB, document.id)
        await self._watch(document.id)
        return document

    async def take_whole(self) -> None:
        """Take the uploads that are whole and were not handed over: something failed after their last byte."""
        for upload in await asyncio.to_thread(lambda: list(self._spool.all())):
            if not upload.is_part and not upload.handed_over and self._spool.is_whole(upload):
                await self.take(upload)

    async def _take(self, upload: Upload) -> Document:
        wanted = wishes(upload.metadata)
        upload = await self._spool.finish(
            self._spool.get(upload.id)
        )  # somebody may have been quicker
        path = self._spool.path(upload.id)
        if path.exists():
            await self._blobs.put(upload.id, path, name=wanted.name)

        def change(session: Any) -> Document:
            known = documents.find(session, upload.id)
            if known is not None:
                return known
            assert upload.length is not None
            assert upload.sha256 is not None
            made = documents.add(
                session,
                ident=upload.id,
                session_id=upload.session_id,
                participant_id=upload.participant_id,
                name=wanted.name,
                size=upload.length,
                sha256=upload.sha256,
                quote=wanted.quote,
                visibility=wanted.visibility,
            )
            audit.record(
                session,
                "document.given",
                actor=upload.participant_id,
                of=upload.session_id,
                subject=made.id,
                bytes=made.size,
            )
            return made

        document = await self._database.write(change)
        await asyncio.to_thread(self._spool.hand_over, upload)
        return document

    async def forget(self, ident: str) -> None:
        """
        Stop reading a document that is no longer there, and remove its file and whatever is left of its upload.

        Raises:
            FilesUnavailable: If the file may still be there; trying again helps.
        """
        await self._jobs.forget([(JOB, ident)])
        for key in (ident, incoming(ident)):
            await self._blobs.delete(key)
        await asyncio.to_thread(self._spool.forget, ident)

    async def resume(self) -> None:
        """Look after what a stop left behind, and after documents that another model has embedded."""
        try:
            await self.take_whole()
        except FilesUnavailable as exc:
            logger.error(
                "files unavailable", extra={"action": "files_unavailable", "why": str(exc)}
            )
        for document in await self._database.read(documents.not_ended):
            if document.status == DocumentStatus.UPLOADED.value:
                await self._jobs.submit(JOB, document.id)
            elif not await self._jobs.is_alive(JOB, document.id):
                await self._fail(
                    document.id,
                    "stopped",
                    "The server stopped while it was reading this file. Upload it again.",
                )
        if self._embedder is not None:
            for ident in await self._database.read(documents.with_other_model, self.model):
                await self._jobs.submit(EMBED_JOB, f"{ident}~{self.model}")

    async def _job(self, steps: Steps, ident: str) -> None:
        try:
            await steps.run("read", self._read, ident)
            await steps.run("cut", self._cut, ident)
            model, message = await self._try_to_embed(steps, ident)
            await steps.run("open", self._open, ident, model, message)
        except NotFound:
            logger.info("document gone", extra={"action": "document_gone", "document": ident})
        except IngestError as exc:
            await self._fail(ident, exc.reason, _words(exc))
        except Exception:
            logger.exception("reading failed", extra={"action": "ingest_failed", "document": ident})
            await self._fail(
                ident, "failed", "The server failed while reading this file; its log says why."
            )

    async def _embed_job(self, steps: Steps, key: str) -> None:
        """Embed a document anew with the model of today."""
        ident, _, _ = key.partition("~")
        try:
            model, message = await self._try_to_embed(steps, ident)
            if not message:
                await steps.run("open", self._open, ident, model, message)
        except NotFound:
            logger.info("document gone", extra={"action": "document_gone", "document": ident})

    async def _try_to_embed(self, steps: Steps, ident: str) -> tuple[str | None, str]:
        """Return the model; without it a document is found by its words all the same, and says so."""
        try:
            return await steps.run("embed", self._embed, ident), ""
        except EmbeddingFailed as exc:
            logger.warning(
                "embedding failed",
                extra={"action": "embedding_failed", "document": ident, "why": str(exc)},
            )
            return None, _WORDS_ONLY

    async def _read(self, ident: str) -> dict[str, Any]:
        """Read the file; keep its text."""
        document = await self._advance(
            ident, status=DocumentStatus.PROCESSING.value, percent=0, reason=None, message=""
        )
        async with self._blobs.local(ident) as path:
            found = await self._extract(document, path)
        blocks = await asyncio.to_thread(blocks_json, found.blocks)
        notes = [
            {"what": one.what, "count": one.count, "where": list(one.where)} for one in found.notes
        ]

        def change(session: Any) -> None:
            documents.save_text(session, ident, text=found.text, blocks=blocks)
            passages.clear(session, ident)
            documents.advance(
                session,
                ident,
                kind=found.kind,
                units=found.units,
                notes=notes,
                engine=found.engine,
                percent=_READING,
            )

        await self._database.write(change)
        await self._watch(ident)
        return {"chars": len(found.text), "blocks": len(found.blocks)}

    async def _extract(self, document: Document, path: Any) -> Extraction:
        """Read a file in its own process; tell how far it is, and try again if the process could not work."""
        told = _Told()
        watching = asyncio.create_task(self._tell(document.id, told))
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await self._extractor.extract(path, document.name, told.set)
                except ExtractionFailed:
                    if attempt == _ATTEMPTS:
                        raise
                    await asyncio.sleep(self._wait(attempt))
            raise AssertionError("unreachable")  # pragma: no cover
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _tell(self, ident: str, told: _Told) -> None:
        while True:
            share = await told.news()
            try:
                await self._advance(ident, percent=int(share * _READING))
            except NotFound:
                return
            await asyncio.sleep(_TELL_SECONDS)

    async def _cut(self, ident: str) -> dict[str, Any]:
        """Cut the text into chunks and index their words."""
        kept = await self._database.read(documents.text_of, ident)
        document = await self._database.read(_get, ident)
        found = Extraction(document.kind or "", kept.text, blocks_of(kept.blocks))
        count = self._embedder.count if self._embedder is not None else estimate
        most = self._max_tokens
        if self._embedder is not None:
            most = min(most, self._embedder.max_tokens)
        chunks = await asyncio.to_thread(split, found, max_tokens=most, count=count)
        new = [_with_places(found, one) for one in chunks]
        await self._database.write(passages.clear, ident)
        for start in range(0, len(new), _CHUNKS_AT_ONCE):
            await self._database.write(_add_chunks, ident, new[start : start + _CHUNKS_AT_ONCE])
        await self._advance(ident, percent=_CUTTING)
        return {"chunks": len(new)}

    async def _embed(self, ident: str) -> str | None:
        """Embed the chunks that have no vector of today's model yet; return the model."""
        document = await self._database.read(_get, ident)
        embedder = await self._embedder_of(document.session_id)
        if embedder is None:
            return None
        model = embedder.model
        total = await self._database.read(passages.count, ident)
        done = 0
        while chunks := await self._database.read(
            passages.without_vector, ident, model, _VECTORS_AT_ONCE
        ):
            if await self._embedder_of(document.session_id) is None:
                return None  # forbidden while it was at work
            vectors = await self._vectors(chunks)
            await self._database.write(
                passages.add_vectors,
                session_id=document.session_id,
                model=model,
                dim=int(vectors.shape[1]),
                vectors=[
                    (chunk.id, row.astype("<f4").tobytes())
                    for chunk, row in zip(chunks, vectors, strict=True)
                ],
            )
            done += len(chunks)
            if document.status == DocumentStatus.PROCESSING.value:
                share = min(done / total, 1.0) if total else 1.0
                await self._advance(ident, percent=_CUTTING + int((100 - _CUTTING) * share * 0.99))
        return model

    async def _vectors(self, chunks: Any) -> Any:
        assert self._embedder is not None
        texts = [_for_embedding(chunk) for chunk in chunks]
        counts = await asyncio.to_thread(self._embedder.count, texts)
        parts = []
        for start, end in batches(counts, max_tokens=16_384, max_texts=_VECTORS_AT_ONCE):
            parts.append(await self._patiently(texts[start:end]))
        return np.concatenate(parts)

    async def _patiently(self, texts: list[str]) -> Any:
        """Embed; what may be answered later is asked again later."""
        assert self._embedder is not None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._embedder.embed(texts, Purpose.PASSAGE)
            except EmbeddingFailed as exc:
                if not exc.again or attempt == _ATTEMPTS:
                    raise
                wait = exc.retry_after if exc.retry_after is not None else self._wait(attempt)
                await asyncio.sleep(min(wait, _LONGEST_WAIT))
        raise AssertionError("unreachable")  # pragma: no cover

    async def _open(self, ident: str, model: str | None, message: str) -> None:
        """Let search find it."""

        def change(session: Any) -> None:
            documents.advance(
                session,
                ident,
                status=DocumentStatus.READY.value,
                percent=100,
                model=model,
                reason=None,
                message=message,
            )
            if model is not None:
                passages.drop_other_models(session, ident, model)

        await self._database.write(change)
        await self._watch(ident)

    def _wait(self, attempt: int) -> float:
        return float(self._first_wait * 2 ** (attempt - 1))

    async def _advance(self, ident: str, **fields: Any) -> Document:
        document = await self._database.write(documents.advance, ident, **fields)
        await self._watch(ident)
        return document

    async def _fail(self, ident: str, reason: str, message: str) -> None:
        try:
            await self._advance(
                ident, status=DocumentStatus.FAILED.value, reason=reason, message=message
            )
        except NotFound:
            return


class _Told:
    """The newest progress of a reading process; what came between two looks is passed over."""

    def __init__(self) -> None:
        self._share = 0.0
        self._news = asyncio.Event()

    def set(self, share: float) -> None:
        self._share = share
        self._news.set()

    async def news(self) -> float:
        await self._news.wait()
        self._news.clear()
        return self._share


def _get(session: Any, ident: str) -> Document:
    found = documents.find(session, ident)
    if found is None:
        raise NotFound("document")
    return found


def _add_chunks(session: Any, ident: str, chunks: list[NewChunk]) -> None:
    passages.add(session, _get(session, ident), chunks)


def _with_places(found: Extraction, chunk: Chunk) -> NewChunk:
    """Return a chunk to keep, with the places of its first and its last character."""
    ends = (found.block_at(chunk.start).anchor, found.block_at(chunk.end - 1).anchor)
    places = tuple(anchor_json(one) for one in dict.fromkeys(ends))
    text = found.text[chunk.start : chunk.end]
    return NewChunk(chunk.start, chunk.end, text, chunk.headings, places)


def _for_embedding(chunk: models.Chunk) -> str:
    """Return what a model reads: what a chunk is under, and the chunk."""
    context = " › ".join(chunk.headings)
    return f"{context}\n{chunk.text}" if context else chunk.text


def _words(error: IngestError) -> str:
    if isinstance(error, Unusable):
        return str(error)
    return "The server could not read this file just now. Delete it and upload it again."
