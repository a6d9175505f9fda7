"""How far apart the frames of a room are: the dearer they are to send, the more edits wait for the next one."""

from __future__ import annotations

from rooms.options import RoomOptions

#: How much of the mean the last frame is.
_WEIGHT = 0.2


class Pace:
    """
    When the next frame goes. Alone in a quiet room, at once.

    Attributes:
        due: Not before this, on the room's clock.
    """

    __slots__ = ("_cost", "_factor", "_longest", "due")

    def __init__(self, options: RoomOptions) -> None:
        self._factor = options.publish_factor
        self._longest = options.max_publish_gap_seconds
        self._cost = 0.0
        self.due = 0.0

    def sent(self, started: float, ended: float) -> None:
        """A frame was sent: from when to when."""
        self._cost += (ended - started - self._cost) * _WEIGHT
        self.due = ended + min(self._cost * self._factor, self._longest)
