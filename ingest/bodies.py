"""What the bytes of an upload come from."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Protocol


class Body(Protocol):
    """Bytes that come in their own time, and are put where they are wanted: nothing between copies them."""

    async def readinto(self, buffer: memoryview, /) -> int:
        """
        Wait until something has come, and put it into the buffer.

        Args:
            buffer: Bytes that may be written, one at least. Nothing is written to it once this has returned or raised.

        Returns:
            How many bytes came, 0 at the end.
        """
        ...


class Pieces:
    """A body that comes in pieces of any size."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = aiter(pieces)
        self._piece = memoryview(b"")

    async def readinto(self, buffer: memoryview, /) -> int:
        """Copy what has come of a piece, as far as it fits; the rest comes next."""
        while not self._piece:
            try:
                self._piece = memoryview(await anext(self._pieces))
            except StopAsyncIteration:
                return 0
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
