"""Building what takes documents in, and looking after it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from ingest.direct import DirectUploads
from ingest.embedding import Embedder
from ingest.extraction import Extractor
from ingest.pictures import Pictures
from ingest.pipeline import Ingest, Watch
from ingest.uploads import Spool
from store.blobs import Blobs
from store.database import Database
from store.jobs import Jobs
from store.links import Links, open_links
from web.settings import Settings

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
