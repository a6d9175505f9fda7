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

#: Two of these are in memory for each request.
BUFFER_BYTES = 1024 * 1024

#: After so many bytes the disk is set to work.
_PUSHED = 8 * 1024 * 1024

#: What is further back than this need not be in memory: the disk has had the time to take it.
_REMEMBERED = 16 * 1024 * 1024


class UploadWriter:
    """
    Appends to a file and to its fingerprints: one buffer is filled while the other is written.

    `write` and `close` run in a thread.

    Args:
        offset: How long the file is.
        hashes: Of what it has and gets; nothing else touches them until `close` has returned.
        buffer_bytes: So many are written at a time.

    Attributes:
        offset: How far the file is.
    """

    def __init__(
        self, path: Path, offset: int, hashes: Sequence[Any], *, buffer_bytes: int = BUFFER_BYTES
    ) -> None:
        self.offset = self._start = self._pushed = offset
        self._forgotten = max(0, offset - _REMEMBERED - _PUSHED)  # of the request before this one
        self._filling = memoryview(bytearray(buffer_bytes))
        self._resting = memoryview(bytearray(buffer_bytes))
        self._filled = 0
        self._ready: deque[memoryview] = deque()
        self._failed = False
        self._hashes = hashes
        self._writing: asyncio.Future[None] | None = None
        self._lock = threading.RLock()  # who waited for a write may have gone before its thread has
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    @property
    def free(self) -> memoryview:
        """What is to be filled next; empty when it is time to begin."""
        return self._filling[self._filled :]

    def filled(self, count: int) -> None:
        """Take the first bytes of what was free; they are written with their buffer."""
        self._filled += count

    async def begin(self) -> None:
        """Wait until the buffer before is written, and begin to write this one."""
        await self.written()
        self._ready.append(self._filling[: self._filled])
        self._filling, self._resting, self._filled = self._resting, self._filling, 0
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
                self._write(self._ready.popleft())

    def close(self, *, keep: bool) -> None:
        """Bring everything to the disk, or take this request's bytes back."""
        with self._lock:
            try:
                if keep:
                    self._ready.append(self._filling[: self._filled])
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
        """
        Have the kernel begin to bring to the disk what it has, and forget what has been there for a while.

        Less is left for the end then, and a large file takes no memory from what others read.
        """
        if sys.platform == "linux":
            forgotten = max(self._pushed - _REMEMBERED, self._forgotten)
            for start, end in (self._pushed, self.offset), (self._forgotten, forgotten):
                if end > start:  # of length 0 it would be all there is
                    advise = os.POSIX_FADV_DONTNEED  # it forgets only what is on the disk
                    os.posix_fadvise(self._descriptor, start, end - start, advise)
            self._forgotten = forgotten
        self._pushed = self.offset
