"""
The bytes of a socket, cut into whole frames (RFC 6455, 5.2), and the message of a frame as nearly all are.

websockets' parser is a generator over a stream, made for every frame there is: 30 us for one of ours. A client's plain
frame (binary, in one piece, masked) needs a tenth of that. Every other one, and whatever is wrong, is left to it.
"""

from __future__ import annotations

try:
    from websockets.speedups import apply_mask as unmasked
except ImportError:  # pragma: no cover - a platform without a wheel
    from websockets.utils import apply_mask as unmasked

__all__ = ["SLICE_BYTES", "Frames", "unmasked"]

#: Final, binary, no extension.
_PLAIN = 0x82

#: What is taken at once where frames are not looked for.
SLICE_BYTES = 4 * 1024

_FINAL, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_MASK_BYTES = 4
_FIRST_CONTROL = 0x08


class Frames:
    """
    What came and was not taken yet: ``add`` bytes, then take frame by frame.

    Args:
        max_bytes: A frame with more is strange.

    Attributes:
        strange: Something comes that only the real parser should see; frames are not looked for from then on.
    """

    __slots__ = ("_at", "_data", "_in_fragments", "_max_bytes", "strange")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._data = b""
        self._at = 0
        self._in_fragments = False
        self.strange = False

    @property
    def waiting(self) -> bool:
        """Whether something came before that matters for how the next bytes are read."""
        return self._at < len(self._data) or self._in_fragments or self.strange

    def add(self, data: bytes) -> None:
        """Add what was read from the socket."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def take(self) -> tuple[bytes, bool] | None:
        """
        Take the next frame off.

        Returns:
            A plain frame's message and True; any other frame's bytes, or some of what is strange, and False; None
            if no frame is whole.
        """
        data, start = self._data, self._at
        left = len(data) - start
        if self.strange:
            return self._some()
        if left < 2:
            return None
        first, second = data[start], data[start + 1]
        length, mask = second & _LENGTH, start + 2
        if length > 125:
            wide = 2 if length == 126 else 8
            mask += wide
            if left < 2 + wide:
                return None
            length = int.from_bytes(data[start + 2 : mask], "big")
        if first & _RESERVED or not second & _MASKED or length > self._max_bytes:
            self.strange = True
            return self._some()
        body = mask + _MASK_BYTES
        end = body + length
        if end > len(data):
            return None
        self._at = end
        if end == len(data):
            self._data, self._at = b"", 0  # or every silent connection would hold the last it said
        if first == _PLAIN and not self._in_fragments:
            return unmasked(data[body:end], data[mask:body]), True
        if first & _OPCODE < _FIRST_CONTROL:
            self._in_fragments = not first & _FINAL
        return data[start:end], False

    def _some(self) -> tuple[bytes, bool] | None:
        """A piece of what is not cut: thousands of messages at most, and a pause may come after any piece."""
        data = self._data[self._at : self._at + SLICE_BYTES]
        self._at += len(data)
        return (data, False) if data else None
