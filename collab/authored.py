"""
Bytes and who wrote each of them.

In blocks, so that putting a word into a megabyte moves one block and not what stands behind the word: in a long
text that was two thirds of what following an edit took.
"""

from __future__ import annotations

from array import array

#: Bytes of a block, about. Smaller ones are moved faster and take longer to find.
_BLOCK = 8192


class Authored:
    """
    Args:
        text: What is there.
        authors: Who wrote each byte of it.
    """

    def __init__(self, text: bytes, authors: array[int]) -> None:
        starts = range(0, len(text), _BLOCK) or (0,)
        self._texts = [bytearray(text[at : at + _BLOCK]) for at in starts]
        self._authors = [authors[at : at + _BLOCK] for at in starts]

    @property
    def text(self) -> bytes:
        """All bytes."""
        return b"".join(self._texts)

    @property
    def authors(self) -> array[int]:
        """Who wrote each of them."""
        whole = array("i")
        for block in self._authors:
            whole.extend(block)
        return whole

    def insert(self, at: int, content: bytes, author: int) -> None:
        """Put bytes of an author in front of the byte `at`."""
        index, at = self._find(at)
        text, authors = self._texts[index], self._authors[index]
        text[at:at] = content
        authors[at:at] = array("i", [author]) * len(content)
        if len(text) > 2 * _BLOCK:
            parts = range(0, len(text), _BLOCK)
            self._texts[index : index + 1] = [text[part : part + _BLOCK] for part in parts]
            self._authors[index : index + 1] = [authors[part : part + _BLOCK] for part in parts]

    def delete(self, at: int, length: int) -> bytes:
        """Take bytes out; return them."""
        index, at = self._find(at)
        taken = bytearray()
        while length > len(taken) and index < len(self._texts):
            text, authors = self._texts[index], self._authors[index]
            end = at + length - len(taken)
            taken += text[at:end]
            del text[at:end]
            del authors[at:end]
            if text or len(self._texts) == 1:
                index += 1
            else:
                del self._texts[index]
                del self._authors[index]
            at = 0
        return bytes(taken)

    def _find(self, at: int) -> tuple[int, int]:
        """Return the block and the place in it. Between two blocks it is the end of the first: there people type on."""
        for index, text in enumerate(self._texts):
            if at <= len(text):
                return index, at
            at -= len(text)
        return len(self._texts) - 1, len(self._texts[-1])
