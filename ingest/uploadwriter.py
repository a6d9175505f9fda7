"""What an upload is written with."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.errors import UploadRefused, disk_error

#: A buffer of no more pieces than this is written piece by piece: they are large, and joining them is copying them.
_LARGE = 32

#: After so many bytes the disk is set to work.
_PUSHED = 8 * 1024 * 1024


class UploadWriter:
    """
    Appends to a file and to its fingerprints, a buffer at a time; `write` and `close` run in a thread.

    Args:
        offset: How long the file is.
        hashes: Of what it has and gets; nothing else touches them until `close` has returned.

    Attributes:
        offset: How far the file is.
        waiting: Bytes that are not given to a thread yet.
    """

    def __init__(self, path: Path, offset: int, hashes: Sequence[Any]) -> None:
        self.offset = self._start = self._pushed = offset
        self.waiting = 0
        self._pieces: list[bytes] = []
        self._ready: deque[list[bytes]] = deque()
        self._failed = False
        self._hashes = hashes
        self._writing: asyncio.Future[None] | None = None
        self._lock = threading.RLock()  # who waited for a write may have gone before its thread has
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def add(self, piece: bytes) -> None:
        """Take a piece; it is written with the next buffer."""
        self._pieces.append(piece)
        self.waiting += len(piece)

    async def begin(self) -> None:
        """Wait until the buffer before is written, and begin to write this one."""
        await self.written()
        self._ready.append(self._pieces)
        self._pieces, self.waiting = [], 0
        self._writing = asyncio.get_running_loop().run_in_executor(None, self.write)
        self._writing.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def written(self) -> None:
        """
        Wait until what was begun is written.

        Raises:
            UploadRefused: If it could not be.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            await writing

    def write(self) -> None:
        """Write what is ready, in its order, and nothing behind a failure; a thread that comes late finds nothing."""
        with self._lock:
            while self._ready and not self._failed:
                pieces = self._ready.popleft()
                for piece in pieces if len(pieces) <= _LARGE else (b"".join(pieces),):
                    self._write(memoryview(piece))

    def close(self, *, keep: bool) -> None:
        """Bring everything to the disk, or take this request's bytes back."""
        with self._lock:
            try:
                if keep:
                    self._ready.append(self._pieces)
                    with contextlib.suppress(UploadRefused):  # the disk is full: what fitted stays
                        self.write()
                else:
                    os.ftruncate(self._descriptor, self._start)
                    self.offset = self._start
                os.fsync(self._descriptor)
            finally:
                self._ready.clear()  # a thread that has not begun yet must find nothing to do
                os.close(self._descriptor)

    def _write(self, data: memoryview) -> None:
        while data:
            try:
                count = os.write(self._descriptor, data)
            except OSError as exc:
                self._failed = True  # what comes behind it would stand in the wrong place
                raise disk_error(exc) from exc
            for one in self._hashes:
                one.update(data[:count])
            self.offset += count
            data = data[count:]
        if self.offset - self._pushed >= _PUSHED:
            self._push()

    def _push(self) -> None:
        """Have the kernel begin to bring to the disk what it has; what is left for the end takes less time then."""
        if sys.platform == "linux":
            length = self.offset - self._pushed
            os.posix_fadvise(self._descriptor, self._pushed, length, os.POSIX_FADV_DONTNEED)
        self._pushed = self.offset
