"""
Reading files that strangers made, each in a process of its own.

A process is never used for a second file: after a bomb the next good one would fail in it. What it finds comes back
as JSON, so that one that was taken over can at worst say something wrong about its own file.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ingest.blocks import Extraction
from ingest.errors import Damaged, Excessive, ExtractionFailed, unusable
from ingest.limits import ExtractionLimits
from ingest.worker import OUT_OF_MEMORY, TOO_MUCH_TEXT

logger = logging.getLogger(__name__)

Progress = Callable[[float], None]

#: Drawing one page is a moment's work; who waits for it is looking at a screen.
_DRAW_SECONDS = 20

_PNG = b"\x89PNG\r\n\x1a\n"


def _nobody(_share: float) -> None:
    """Nobody wants to know."""


class Extractor:
    """
    Reads files.

    Args:
        at_once: How many at the same time; others wait.
    """

    def __init__(self, limits: ExtractionLimits | None = None, *, at_once: int = 2) -> None:
        self.limits = limits or ExtractionLimits()
        self._free = asyncio.Semaphore(at_once)
        self._free_to_draw = asyncio.Semaphore(at_once)  # nobody waits for a book to look at a page

    async def extract(self, path: Path, name: str, progress: Progress = _nobody) -> Extraction:
        """
        Read a file.

        Args:
            name: What its owner calls it.
            progress: Told how much is done, 0 to 1.

        Raises:
            Unusable: If there is nothing to be had from it; which kind says why.
            ExtractionFailed: If the process could not do its work; trying again may help.
        """
        async with self._free:
            answer = await self._in_process(path, {"name": name}, self.limits, progress)
        try:
            return Extraction.from_json(answer["extraction"])
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise Damaged from exc

    async def draw(self, path: Path, number: int, boxes: Sequence[Sequence[float]] = ()) -> bytes:
        """
        Draw a page of a PDF.

        Args:
            number: From one.
            boxes: What to mark: left, top, right, bottom in points.

        Returns:
            A PNG.

        Raises:
            Unusable: If it cannot be drawn.
            ExtractionFailed: If the process could not do its work; trying again may help.
        """
        limits = dataclasses.replace(
            self.limits,
            cpu_seconds=min(_DRAW_SECONDS, self.limits.cpu_seconds),
            wall_seconds=min(_DRAW_SECONDS, self.limits.wall_seconds),
            ocr_seconds=0.0,
        )
        request = {"page": number, "boxes": [list(box) for box in boxes]}
        async with self._free_to_draw:
            answer = await self._in_process(path, request, limits, _nobody)
        try:
            drawn = base64.b64decode(answer["png"], validate=True)
        except (ValueError, KeyError, TypeError) as exc:
            raise Damaged from exc
        if not drawn.startswith(_PNG):
            raise Damaged
        return drawn

    async def _in_process(
        self, path: Path, wish: dict[str, Any], limits: ExtractionLimits, progress: Progress
    ) -> dict[str, Any]:
        path = await asyncio.to_thread(path.resolve)
        with tempfile.TemporaryDirectory(prefix="accord-") as folder:
            result = Path(folder) / "result.json"
            request = {
                **wish,
                "path": str(path),
                "result": str(result),
                "limits": dataclasses.asdict(limits),
            }
            code = await self._run(Path(folder), request, limits, progress)
            return await asyncio.to_thread(self._read_result, code, result, limits)

    async def _run(
        self, folder: Path, request: dict[str, Any], limits: ExtractionLimits, progress: Progress
    ) -> int | None:
        """Run the process; return how it ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "ingest.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=folder,
                env=_environment(folder),
                start_new_session=True,
            )
        except OSError as exc:
            raise ExtractionFailed(f"no process for reading files: {exc}") from exc
        try:
            async with asyncio.timeout(limits.wall_seconds + limits.ocr_seconds):
                await self._talk(process, request, progress)
        except TimeoutError:
            raise Excessive(f"{limits.wall_seconds:g} seconds") from None
        finally:
            _end(process)
            await process.wait()
        return process.returncode

    async def _talk(
        self, process: asyncio.subprocess.Process, request: dict[str, Any], progress: Progress
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(request).encode() + b"\n")
            await process.stdin.drain()
        process.stdin.close()
        with contextlib.suppress(ValueError):  # a line that never ends is no progress
            async for line in process.stdout:
                if line.strip().isdigit():
                    progress(min(int(line), 100) / 100)
        await process.wait()

    def _read_result(
        self, code: int | None, result: Path, limits: ExtractionLimits
    ) -> dict[str, Any]:
        if code != 0 or not result.exists():
            raise _failure(code, limits)
        try:
            answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
            if "error" not in answer:
                return answer
            reason, text = str(answer["error"]), str(answer["text"])
        except (ValueError, KeyError, TypeError, RecursionError) as exc:
            raise Damaged from exc
        logger.info(
            "file unusable",
            extra={"action": "file_unusable", "reason": reason, "cause": answer.get("cause")},
        )
        raise unusable(reason, text)


def _failure(code: int | None, limits: ExtractionLimits) -> Exception:
    """Return what the death of a process says about its file."""
    if code == OUT_OF_MEMORY:
        return Excessive(f"{limits.memory_bytes // 1024**2} MiB of memory")
    if code == -signal.SIGXCPU:
        return Excessive(f"{limits.cpu_seconds} seconds of processor time")
    if code == TOO_MUCH_TEXT:
        return Excessive(f"{limits.output_bytes // 1024**2} MiB of text")
    if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE):
        return Damaged()
    return ExtractionFailed(f"the process that reads files ended with {code}")


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}


def _end(process: asyncio.subprocess.Process) -> None:
    """End a process and what it has started; it leads a group of its own."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
