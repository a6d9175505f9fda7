"""The whole way of documents with its real parts, for the tests and for a process that they kill."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest import pipeline
from ingest.bodies import Pieces
from ingest.embedders.local import open_folder
from ingest.embedding import Embedder
from ingest.extraction import Extractor
from ingest.pipeline import Ingest
from ingest.uploads import Spool, Upload, UploadLimits
from store import documents, passages
from store.blobs import Blobs
from store.database import Database
from store.jobs import Jobs
from store.links import Links
from store.models import Document
from store.search import Search
from store.testing import PATIENCE, Place, a_place
from tests.ingest.models import make_model
from tests.migrated import migrated


@dataclass(slots=True)
class Works:
    """Attributes: told: (status, percent) of each document, as the watcher was told."""

    database: Database
    blobs: Blobs
    spool: Spool
    jobs: Jobs
    ingest: Ingest
    search: Search
    told: list[tuple[str, str, int]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, ident: str) -> None:
        row = await self.database.read(documents.find, ident)
        if row is not None:
            self.told.append((ident, row.status, row.percent))
        self._news.set()

    async def give(
        self, place: Place, data: bytes, name: str = "report.md", ident: str = "one"
    ) -> Upload:
        """Upload a file whole; it is not taken yet."""
        import base64

        header = f"filename {base64.b64encode(name.encode()).decode()}"
        upload = Upload(ident, place.session, place.person, len(data), header)
        self.spool.create(upload, used=0)

        async def pieces() -> AsyncIterator[bytes]:
            yield data

        await self.spool.append(upload, 0, Pieces(pieces()), used=0)
        return upload

    async def take(self, place: Place, data: bytes, **wish: Any) -> Document:
        """Upload a file and wait until it is ready or failed."""
        upload = await self.give(place, data, **wish)
        await self.ingest.take(upload)
        return await self.ended(upload.id)

    async def ended(self, ident: str) -> Document:
        """Wait until a document is ready or failed."""
        return await self.until(ident, "ready", "failed")

    async def until(self, ident: str, *statuses: str) -> Document:
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                row = await self.database.read(documents.find, ident)
                if row is not None and row.status in statuses:
                    return row
                await self._news.wait()


@asynccontextmanager
async def works(
    folder: Path, embedder: Embedder | None = None, blobs: Blobs | None = None, **limits: Any
) -> AsyncIterator[Works]:
    """Open everything on a folder; what was left unfinished goes on."""
    (folder / "spool").mkdir(parents=True, exist_ok=True)
    async with Database(migrated(folder / "accord.db")) as database:
        blobs = blobs or Blobs(folder / "files", links=Links(b"k" * 32))
        spool = Spool(folder / "spool", UploadLimits(free_bytes=0))
        jobs = Jobs(folder / "jobs.db", poll_seconds=0.02)
        extractor = Extractor()
        extractor.limits = replace(extractor.limits, **limits)
        made: Works

        async def watch(ident: str) -> None:
            await made.watch(ident)

        ingest = Ingest(
            database,
            blobs,
            spool,
            jobs,
            extractor,
            embedder,
            max_tokens=64,
            watch=watch,
            first_wait=0.01,
        )
        made = Works(database, blobs, spool, jobs, ingest, Search(database))
        async with jobs:
            await ingest.resume()
            yield made


#: Several chunks, each under a heading of its own.
LONG = b"".join(b"# Part %d\n\nThe harbour grows slowly.\n\n" % number for number in range(6))


async def _be_killed(folder: Path, step: str) -> None:
    """Start on a document and stop for ever in the middle of a step."""

    async def stop_here(*_: Any) -> Any:
        print("in the middle", flush=True)  # noqa: T201 - read by the test
        await asyncio.Event().wait()

    embedder = open_folder(make_model(folder / "tiny")) if step == "amid _embed" else None
    async with works(folder, embedder) as found:
        place = await found.database.write(a_place)
        data = LONG if step.startswith("amid") else b"# Harbour\n\nIt grows slowly.\n"
        upload = await found.give(place, data)
        if step.startswith("amid"):
            _stop_amid(found, step, stop_here)
        elif step == "take":
            setattr(found.jobs, "submit", stop_here)  # noqa: B010
        elif step == "hand over":
            setattr(found.spool, "hand_over", lambda _: asyncio.run(stop_here()))  # noqa: B010
        else:
            name, when = step.split()
            real = getattr(found.ingest, name)

            async def around(*arguments: Any) -> Any:
                if when == "after":
                    await real(*arguments)
                return await stop_here()

            setattr(found.ingest, name, around)
        await found.ingest.take(upload)
        await asyncio.Event().wait()


def _stop_amid(found: Works, step: str, stop_here: Any) -> None:
    """Stop when one part of a step's work is done and another is not."""
    if step == "amid _read":
        real_extract = found.ingest._extractor.extract

        async def extract(path: Path, name: str, progress: Any) -> Any:
            reading = asyncio.create_task(real_extract(path, name, progress))
            await asyncio.sleep(0)  # its process is being started, and dies with this one
            await stop_here()
            return await reading

        setattr(found.ingest._extractor, "extract", extract)  # noqa: B010
        return
    pipeline._CHUNKS_AT_ONCE = pipeline._VECTORS_AT_ONCE = 2
    wanted = {"amid _cut": pipeline._add_chunks, "amid _embed": passages.add_vectors}[step]
    real_write = found.database.write
    count = 0

    async def write(function: Any, /, *arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += function is wanted
        if count == 2:
            await stop_here()
        return await real_write(function, *arguments, **named)

    setattr(found.database, "write", write)  # noqa: B010


if __name__ == "__main__":
    asyncio.run(_be_killed(Path(sys.argv[1]), sys.argv[2]))
