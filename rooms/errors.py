"""
Errors of live rooms.

* RoomError
    * RoomClosed       the room is going away; come back in a moment
    * RoomLoading      it is being loaded again; everybody will be asked for what it missed
    * RoomFull         it takes no more connections
    * TooManyTabs      this person has as many connections to it as one may have
    * NotSaved         an edit could not be kept: nobody was shown it
    * NothingChanged   an edit that was to carry rows with it changed nothing in the document

`close_code` is what the connection is told. 4400-4499 tells y-websocket 3.1 to stay away, the others to try again.
"""

from __future__ import annotations


class RoomError(Exception):
    """Base of every error raised by `rooms`."""

    close_code = 4500


class RoomClosed(RoomError):
    """The room is being closed."""

    close_code = 1012


class RoomLoading(RoomError):
    """The room is being loaded again."""

    close_code = 1012


class RoomFull(RoomError):
    """The room has as many connections as it may have."""

    close_code = 4503


class TooManyTabs(RoomError):
    """One person has the room open too often; trying again does not help until they close some."""

    close_code = 4429


class NotSaved(RoomError):
    """The edit could not be written to the log; nothing of it was shown."""

    close_code = 4503


class NothingChanged(RoomError):
    """The edit holds nothing new, so nothing was logged, and its rows were not written either."""


#: Closing words of the server.
SLOW_READER = (1013, "you read too slowly; connect again")
RESTARTING = (1012, "the server restarts; connect again")
REMOVED = (4403, "you are no longer in this session")
EXPIRED = (4401, "your access has expired; get a new link or token")
POISON = (4400, "a change of yours broke the document and was set aside")
BROKEN = (4500, "this document cannot be loaded; tell the people who run this server")
