"""
What the engine is at work on, in a file that outlives the process.

An update can end the process from inside the engine, where no `except` helps, and would do so again at every start.
So the room is written down before the engine touches it and crossed out after. The file is mapped into memory: what
was written is there after any end of the process, and writing costs less than a microsecond. A power cut may lose it;
no update causes one.
"""

from __future__ import annotations

import mmap
import struct
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Protocol

#: Rooms the engine can be at work on at once: one on the loop, others in threads.
_SLOTS = 64
_NUMBER = struct.Struct("<q")
_SIZE = _SLOTS * _NUMBER.size


class AtWork(Protocol):
    """What rooms need of a journal."""

    def at_work_on(self, room: int) -> AbstractContextManager[None]: ...


class _NoJournal:
    """For rooms without a data folder."""

    def at_work_on(self, room: int) -> AbstractContextManager[None]:
        return nullcontext()


NO_JOURNAL: AtWork = _NoJournal()


class _AtWork(AbstractContextManager[None]):
    """As a generator it would cost five times as much, with every frame that is shown."""

    __slots__ = ("_journal", "_room", "_slot")

    def __init__(self, journal: Journal, room: int) -> None:
        self._journal = journal
        self._room = room

    def __enter__(self) -> None:
        self._slot = self._journal.begin(self._room)

    def __exit__(self, *exc_info: object) -> None:
        self._journal.end(self._slot)


class Journal:
    """
    The file: ``with Journal(path) as journal: with journal.at_work_on(room): ...``.

    Opening it finds the rooms a former process died on. They stay suspect until `cleared`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._suspects: set[int] = set()
        self._free: list[int] = []
        self._held: dict[int, int] = {}

    def __enter__(self) -> Journal:
        self._file = self._path.open("a+b")
        self._file.truncate(_SIZE)
        self._map = mmap.mmap(self._file.fileno(), _SIZE)
        for slot in range(_SLOTS):
            (room,) = _NUMBER.unpack_from(self._map, slot * _NUMBER.size)
            if room and room not in self._suspects:
                self._suspects.add(room)
                self._held[room] = slot
            else:
                self._write(slot, 0)
                self._free.append(slot)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._map.close()
        self._file.close()

    def is_suspect(self, room: int) -> bool:
        """Whether a process died while the engine was at work on this room."""
        return room in self._suspects

    def clear(self, room: int) -> None:
        """The room was examined."""
        if room in self._suspects:
            self._suspects.discard(room)
            slot = self._held.pop(room)
            self._write(slot, 0)
            self._free.append(slot)

    def at_work_on(self, room: int) -> AbstractContextManager[None]:
        """Let the engine work on a room."""
        return _AtWork(self, room)

    def begin(self, room: int) -> int | None:
        """Write a room down; return where, None if more are at work than there are places."""
        if not self._free:
            return None
        slot = self._free.pop()
        self._write(slot, room)
        return slot

    def end(self, slot: int | None) -> None:
        """Cross it out."""
        if slot is not None:
            self._write(slot, 0)
            self._free.append(slot)

    def _write(self, slot: int, room: int) -> None:
        _NUMBER.pack_into(self._map, slot * _NUMBER.size, room)
