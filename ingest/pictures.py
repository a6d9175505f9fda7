"""Pages as pictures, those looked at last kept in memory: the next one to look is often somebody else in the room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from ingest.extraction import Extractor
from store.blobs import Blobs

Box = Sequence[float]
_Key = tuple[str, int, tuple[tuple[float, ...], ...]]


class Pictures:
    """
    Draws pages.

    Args:
        cache_bytes: How much is kept; what was looked at longest ago goes first.
    """

    def __init__(
        self, blobs: Blobs, extractor: Extractor, *, cache_bytes: int = 16 * 1024**2
    ) -> None:
        self._blobs = blobs
        self._extractor = extractor
        self._cache_bytes = cache_bytes
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._forgotten = 0

    async def page(self, ident: str, number: int, boxes: Sequence[Box] = ()) -> bytes:
        """
        Return a page of a document as PNG.

        Args:
            number: From one.
            boxes: What to mark, in points.

        Raises:
            Unusable: If it cannot be drawn.
            ExtractionFailed, FilesUnavailable: Not now; trying again may help.
        """
        key = (ident, number, tuple(tuple(box) for box in boxes))
        drawn = self._kept.get(key)
        if drawn is None:
            forgotten = self._forgotten
            async with self._blobs.local(ident) as path:
                drawn = await self._extractor.draw(path, number, boxes)
            if forgotten != self._forgotten:  # perhaps this very document was deleted meanwhile
                return drawn
        self._kept[key] = drawn
        self._kept.move_to_end(key)
        while sum(map(len, self._kept.values())) > self._cache_bytes and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return drawn

    def forget(self, ident: str) -> None:
        """Drop what is kept of a document."""
        self._forgotten += 1
        for key in [key for key in self._kept if key[0] == ident]:
            del self._kept[key]
