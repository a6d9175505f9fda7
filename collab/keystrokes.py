"""
The commonest update there is, known by its first bytes: some letters more, right of the last ones their author typed.

Where a client typed last is known, so is how its next update must begin if it types on: the same bytes but for the
letters. Then there is nothing to take apart and nothing to look for. `collab.accepted` checks everything else, which is
nearly all edits that are not typing and a small part of all edits.
"""

from __future__ import annotations

import re

from collab.sequence import Run
from collab.structs import MAX_CLOCK, Id
from collab.updates import AcceptedUpdate, RawBlock
from collab.wire import write_var_uint

#: One client, one struct; and the client.
_client = re.compile(rb"\x01\x01([\x80-\xff]{0,7}[\x00-\x7f])").match

#: A string with a left origin; with a right one as well.
_RIGHT_OF, _BETWEEN = b"\x84", b"\xc4"

#: UTF-8 of characters that are two units begins with this or more.
_TWO_UNITS = 0xF0

#: Clients remembered; with more, all are forgotten and found again with their next edit.
_MAX_TYPISTS = 1024


class Typist:
    """
    One client and where it typed last.

    Attributes:
        run: The run that ends there.
        person: Whose client it is.
        head: How an update begins that types on.
    """

    __slots__ = ("_client", "_id", "_start", "head", "person", "run")

    def __init__(self, run: Run, person: str) -> None:
        self._id = run.client
        self._client = write_var_uint(run.client)
        self.run = run
        self.person = person
        self.aim()

    def aim(self) -> None:
        """Say how the next update begins."""
        clock, right = self.run.end, self.run.right_origin
        begin = b"\x01\x01" + self._client + write_var_uint(clock)
        self._start = len(begin)
        self.head = (
            begin
            + (_RIGHT_OF if right is None else _BETWEEN)
            + self._client
            + write_var_uint(clock - 1)
            + (b"" if right is None else _written(right))
        )

    def letters(self, update: bytes) -> int:
        """Return how many units an update types on with, 0 if it is another kind of update."""
        head = self.head
        if not update.startswith(head):
            return 0
        at = len(head) + 1
        size = len(update) - at - 1  # a length of one byte before, no deletions after
        if size < 1 or update[at - 1] != size or size > 0x7F or update[-1]:
            return 0
        text = update[at:-1]
        if text.isascii():
            length = size
        elif max(text) >= _TWO_UNITS:
            return 0  # characters that can be cut in half are remembered elsewhere
        else:
            try:
                length = len(text.decode())
            except UnicodeDecodeError:
                return 0
        return length if self.run.end + length <= MAX_CLOCK else 0

    def take(self, update: bytes, length: int) -> AcceptedUpdate:
        """Make the run longer by an update of so many `letters`."""
        run = self.run
        clock = run.end
        run.length += length
        block = RawBlock(self._id, clock, run.end, 1, update[self._start : -1])
        self.aim()
        return AcceptedUpdate(update, (block,), {})


class Typists:
    """Who typed last where."""

    __slots__ = ("_typists",)

    def __init__(self) -> None:
        self._typists: dict[bytes, Typist] = {}

    def of(self, update: bytes) -> Typist | None:
        """Return whose update this may be, if it is typing."""
        found = _client(update)
        return self._typists.get(found[1]) if found is not None else None

    def note(self, run: Run, person: str) -> None:
        """Somebody typed; a run ends there."""
        client = write_var_uint(run.client)
        known = self._typists.get(client)
        if known is not None and known.run is run:
            known.aim()
            return
        if len(self._typists) >= _MAX_TYPISTS:
            self._typists.clear()
        self._typists[client] = Typist(run, person)

    def clear(self) -> None:
        """Forget everybody."""
        self._typists.clear()


def _written(unit: Id) -> bytes:
    return write_var_uint(unit[0]) + write_var_uint(unit[1])
