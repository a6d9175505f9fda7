"""`web.intake`: what was given up is swept, what is whole is taken."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ingest.uploads import Upload
from tests.harness import PATIENCE, running_app
from web import intake


async def test_old_uploads_are_swept_and_whole_ones_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "SWEEP_SECONDS", 0.01)
    async with running_app(tmp_path, upload_hours=1, min_free_bytes=0) as app:
        spool = app.services.spool
        spool.create(Upload("old", "s", "p", 10, ""), used=0)
        for ending in ("part", "json"):
            os.utime(tmp_path / "uploads" / f"old.{ending}", (1, 1))
        async with asyncio.timeout(PATIENCE):
            while list(spool.all()):  # noqa: ASYNC110 - the sweeper tells nobody
                await asyncio.sleep(0.01)
