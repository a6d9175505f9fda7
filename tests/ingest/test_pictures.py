from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import Damaged, IngestError
from ingest.extraction import Extractor
from ingest.pictures import Pictures
from store.blobs import Blobs
from tests.ingest.files import flate_bomb, keep, line, pdf


class Counting(Extractor):
    """Counts what it draws."""

    drawn = 0

    async def draw(self, *arguments: Any, **named: Any) -> bytes:
        self.drawn += 1
        return await super().draw(*arguments, **named)


@asynccontextmanager
async def pictures(
    folder: Path, data: bytes, **wish: Any
) -> AsyncIterator[tuple[Pictures, Counting]]:
    blobs, extractor = Blobs(folder / "files"), Counting()
    await blobs.put("one", keep(folder, "a.pdf", data))
    yield Pictures(blobs, extractor, **wish), extractor


async def test_a_page_is_drawn_once_and_again_after_it_was_forgotten(tmp_path: Path) -> None:
    async with pictures(tmp_path, pdf(line("Hello."), pages=2)) as (found, extractor):
        first = await found.page("one", 1)
        assert first.startswith(b"\x89PNG")
        assert await found.page("one", 1) == first
        assert extractor.drawn == 1
        assert await found.page("one", 1, [[72, 90, 200, 103]]) != first
        found.forget("one")
        assert await found.page("one", 1) == first
        assert extractor.drawn == 3


async def test_what_was_looked_at_longest_ago_goes_first(tmp_path: Path) -> None:
    async with pictures(tmp_path, pdf(line("Hello."), pages=3), cache_bytes=1) as (
        found,
        extractor,
    ):
        for number in (1, 2, 2, 1):
            await found.page("one", number)
        assert extractor.drawn == 3


async def test_a_hostile_page_ends_its_own_process_and_the_next_is_drawn(tmp_path: Path) -> None:
    async with pictures(tmp_path, flate_bomb(500)) as (found, extractor):
        with pytest.raises(IngestError):
            await found.page("one", 99)
        good = keep(tmp_path, "b.pdf", pdf(line("Hello.")))
        assert (await extractor.draw(good, 1)).startswith(b"\x89PNG")
        with pytest.raises(Damaged):
            await extractor.draw(keep(tmp_path, "c.pdf", b"%PDF-1.4\n"), 1)
