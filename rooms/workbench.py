"""Where the server edits: a copy of the document, ahead of what is shown by what is on its way to disk."""

from __future__ import annotations

from collections.abc import Iterable

from collab.document import Document
from collab.errors import DocumentBroken
from rooms.edits import Edit


class Workbench:
    """
    The copy, made when the server edits and put away when nobody of this process is in the room.

    It is put away as well whenever it may hold something the room does not.
    """

    __slots__ = ("_copy",)

    def __init__(self) -> None:
        self._copy: Document | None = None

    def open(self, shown: Document, under_way: Iterable[Edit]) -> Document:
        """
        Return the document as accepted.

        Raises:
            DocumentBroken: What is shown cannot be read.
        """
        if self._copy is None:
            copy = Document(state=shown.encode())
            for edit in under_way:
                copy.apply(edit.update.data)
            self._copy = copy
        return self._copy

    def keep_up(self, edit: Edit) -> None:
        """Somebody else's edit was accepted."""
        if self._copy is None:
            return
        try:
            self._copy.apply(edit.update.data)
        except DocumentBroken:
            self._copy = None  # publishing will meet the same failure and deal with it

    def put_away(self) -> None:
        """Forget the copy."""
        self._copy = None
