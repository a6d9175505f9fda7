"""Building what takes documents in, and looking after it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ingest.direct import DirectUploads
from ingest.embedders.download import downloaded
from ingest.embedders.hosted import OPENAI_URL, VOYAGE_URL, HostedEmbedder
from ingest.embedders.local import check_folder, open_folder
from ingest.embedding import Embedder
from ingest.errors import EmbeddingFailed
from ingest.extraction import Extractor
from ingest.pictures import Pictures
from ingest.pipeline import Ingest, Watch
from ingest.uploads import Spool
from store.blobs import Blobs
from store.database import Database
from store.jobs import Jobs
from store.links import Links, open_links
from web.settings import Settings, SettingsError

T = TypeVar("T")

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Intake:
    """What takes documents in."""

    ingest: Ingest
    pictures: Pictures
    blobs: Blobs
    links: Links
    spool: Spool
    direct: DirectUploads


def make_intake(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    *,
    embedder: Embedder | None,
    watch: Watch,
) -> Intake:
    """Return what the settings ask for; its folders and its key are made."""
    settings.spool_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    links = open_links(settings.links_key_path)
    blobs = Blobs(settings.files_path, settings.files_url, links=links)
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
    return Intake(
        ingest,
        Pictures(blobs, extractor),
        blobs,
        links,
        spool,
        DirectUploads(spool, blobs, ingest),
    )


async def make_embedder(settings: Settings) -> Embedder | None:
    """
    Return the embedding model, None for search by words.

    Raises:
        SettingsError: If something that it needs is not set, or the folder holds none.
    """
    if settings.embeddings == "none":
        return None
    if settings.embeddings == "local":
        return await asyncio.to_thread(_open, local_folder(settings))
    key = settings.embedding_api_key
    default = VOYAGE_URL if settings.embeddings == "voyage" else OPENAI_URL
    return HostedEmbedder(
        settings.embeddings,
        url=settings.embedding_url or default,
        name=_needed(settings.embedding_model, "ACCORD_EMBEDDING_MODEL"),
        key=key.get_secret_value() if key is not None else None,
    )


async def keep_sweeping(intake: Intake) -> None:
    """Take whole uploads that could not be taken, and remove given-up ones, for ever."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await intake.ingest.take_whole()
            swept = await asyncio.to_thread(intake.spool.sweep) + await intake.direct.sweep()
            if swept:
                logger.info("uploads swept", extra={"action": "uploads_swept", "count": swept})
        except Exception:
            logger.exception("sweeping uploads failed", extra={"action": "sweep_failed"})


def local_folder(settings: Settings) -> Path:
    """
    Return the folder of the local model: the one that is set, or that was downloaded.

    Raises:
        SettingsError: If there is none, or it is not clear which; the text says what would do.
    """
    if settings.embedding_folder is not None:
        return settings.embedding_folder
    here = downloaded(settings.models_path)
    if not here:
        raise SettingsError(
            "ACCORD_EMBEDDINGS: there is no model yet; `accord models download` brings one, or "
            "ACCORD_EMBEDDING_FOLDER names a folder of your own"
        )
    names = {one.name.casefold(): one for one in here}
    wanted = settings.embedding_model
    if wanted is None and len(here) == 1:
        return here[0]
    found = names.get((wanted or "").rpartition("/")[2].casefold())
    if found is None:
        raise SettingsError(
            f"ACCORD_EMBEDDING_MODEL: must be one of {', '.join(one.name for one in here)} "
            f"(of {settings.models_path})"
        )
    return found


def check_model(settings: Settings) -> None:
    """
    Check what can be said of the embedding model without opening it, so that a start fails in one line.

    Raises:
        SettingsError: If it cannot be used.
    """
    if settings.embeddings == "local":
        folder = local_folder(settings)
        try:
            check_folder(folder)
        except EmbeddingFailed as exc:
            raise SettingsError(f"ACCORD_EMBEDDINGS: {exc}") from exc
    elif settings.embeddings != "none":
        _needed(settings.embedding_model, "ACCORD_EMBEDDING_MODEL")


def _open(folder: Path) -> Embedder:
    try:
        return open_folder(folder)
    except EmbeddingFailed as exc:
        raise SettingsError(f"ACCORD_EMBEDDINGS: {exc}") from exc


def _needed(value: T | None, name: str) -> T:
    if value is None:
        raise SettingsError(f"{name}: must be set for ACCORD_EMBEDDINGS as it is")
    return value
