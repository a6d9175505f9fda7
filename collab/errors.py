"""
Errors of the shared document and its wire protocol.

* CollabError
    * ProtocolError        the peer sent bytes the Yjs protocols do not allow: its connection ends
        * TooLarge         a frame, an update or the document is over its limit
            * DocumentFull the document, so far as it was measured
    * UpdateRefused        this update is not taken, nothing else happens: the connection stays
        * ReadOnly         its sender may only read
        * ForeignClient    it carries new work under somebody else's client id
        * ServerOnly       it writes where only the server may
        * SetAside         its client id broke the document before
        * Unsupported      it holds what the document contract does not allow
    * ClockGap             work before this update is missing: ask the peer for all of it
    * DocumentBroken       the document cannot be trusted any more: drop it and load it again
    * AnchorLost           a relative position points at nothing that exists
    * Stale                the text a change was made for is no longer there
"""

from __future__ import annotations


class CollabError(Exception):
    """Base of every error raised by `collab`."""


class ProtocolError(CollabError):
    """The peer broke the protocol; `close_code` is what to tell it.

    4400-4499 tells y-websocket 3.1 not to try again (its `shouldReconnect`).
    """

    close_code = 4400


class TooLarge(ProtocolError):
    """A frame, an update or the document is over its limit; `limit` in bytes."""

    close_code = 4413

    def __init__(self, what: str, *, size: int, limit: int) -> None:
        super().__init__(f"{what} of {size} bytes is over the limit of {limit} bytes")
        self.size = size
        self.limit = limit


class DocumentFull(TooLarge):
    """The document would be over its limit, by the sum of what was accepted since it was measured."""

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__("document", size=size, limit=limit)


class UpdateRefused(CollabError):
    """The update is not taken; its text is the reason given to the sender."""


class ReadOnly(UpdateRefused):
    """The sender may read this document, not write it."""

    def __init__(self) -> None:
        super().__init__("you may read this statement, not change it")


class ForeignClient(UpdateRefused):
    """The update carries new structs under a client id that belongs to another person."""

    def __init__(self, client_id: int) -> None:
        super().__init__(f"client id {client_id} belongs to somebody else in this room")
        self.client_id = client_id


class ServerOnly(UpdateRefused):
    """The update writes into a root type that only the server writes."""

    def __init__(self, root: str) -> None:
        super().__init__(f"only the server writes to '{root}'")
        self.root = root


class SetAside(UpdateRefused):
    """The update is by a client id whose earlier work broke the document and is in quarantine."""

    def __init__(self) -> None:
        super().__init__(
            "an earlier change from this page broke the document and was set aside; copy what you need and load "
            "the page again"
        )


class Unsupported(UpdateRefused):
    """The update is well-formed Yjs, but holds what this document's contract does not allow."""


class ClockGap(CollabError):
    """The update builds on work the server has not seen; the answer is a new SyncStep1."""


class DocumentBroken(CollabError):
    """The engine failed inside the document; what it holds now cannot be trusted."""


class AnchorLost(CollabError):
    """A relative position points at an item that does not exist (any more)."""


class Stale(CollabError):
    """The text between the anchors is not the text the change was made for."""
