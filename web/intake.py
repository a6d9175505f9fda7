"""Building what takes documents in, and looking after it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TypeVar

from ingest.embedders.hosted import OPENAI_URL, VOYAGE_URL, HostedEmbedder
from ingest.embedders.local import open_folder
from ingest.embedding import Embedder
from ingest.errors import EmbeddingFailed
from ingest.extraction import Extractor
from ingest.pictures import Pictures
from ingest.pipeline import Ingest, Watch
from ingest.uploads import Spool
from store.blobs import Blobs
from store.database import Database
from store.jobs import Jobs
from web.settings import Settings, SettingsError

T = TypeVar("T")

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 600.0


def make_ingest(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    *,
    embedder: Embedder | None,
    watch: Watch,
) -> tuple[Ingest, Pictures, Blobs, Spool]:
    """Return what the settings ask for; its folders are made."""
    settings.spool_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    blobs = Blobs(settings.files_path, settings.files_url)
    spool = Spool(settings.spool_path, settings.upload_limits())
    extractor = Extractor(settings.extraction_limits(), at_once=settings.extract_at_once)
    ingest = Ingest(
        database,
        blobs,
        spool,
        jobs,
        extractor,
        embedder,
        max_tokens=settings.chunk_tokens,
        watch=watch,
    )
    return ingest, Pictures(blobs, extractor), blobs, spool


async def make_embedder(settings: Settings) -> Embedder | None:
    """
    Return the embedding model, None for search by words.

    Raises:
        SettingsError: If something that it needs is not set, or the folder holds none.
    """
    if settings.embeddings == "none":
        return None
    if settings.embeddings == "local":
        folder = _needed(settings.embedding_folder, "ACCORD_EMBEDDING_FOLDER")
        return await asyncio.to_thread(_open, folder)
    key = settings.embedding_api_key
    default = VOYAGE_URL if settings.embeddings == "voyage" else OPENAI_URL
    return HostedEmbedder(
        settings.embeddings,
        url=settings.embedding_url or default,
        name=_needed(settings.embedding_model, "ACCORD_EMBEDDING_MODEL"),
        key=key.get_secret_value() if key is not None else None,
    )


async def keep_sweeping(ingest: Ingest, spool: Spool) -> None:
    """Take whole uploads that could not be taken, and remove given-up ones, for ever."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await ingest.take_whole()
            swept = await asyncio.to_thread(spool.sweep)
            if swept:
                logger.info("uploads swept", extra={"action": "uploads_swept", "count": swept})
        except Exception:
            logger.exception("sweeping uploads failed", extra={"action": "sweep_failed"})


def _open(folder: Path) -> Embedder:
    try:
        return open_folder(folder)
    except EmbeddingFailed as exc:
        raise SettingsError(f"ACCORD_EMBEDDING_FOLDER: {exc}") from exc


def _needed(value: T | None, name: str) -> T:
    if value is None:
        raise SettingsError(f"{name}: must be set for ACCORD_EMBEDDINGS as it is")
    return value
