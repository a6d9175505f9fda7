"""Every limit and pace of a room, with its unit."""

from __future__ import annotations

from dataclasses import dataclass, field

from collab.accepted import DocumentLimits
from rooms.allowance import Rate


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """
    Attributes:
        document: Limits of updates and documents.
        max_frame_bytes: One message of a client.
        max_awareness_bytes: One client's presence state.
        max_awareness_clients: Presence states of one connection.
        max_outbox_bytes: Written but unread bytes of one connection before it falls behind.
        slow_seconds: How long a connection may stay behind before it is closed.
        max_connections: Connections of one room.
        max_person_connections: Connections of one person in one room.
        messages: Messages of one connection; beyond it they wait.
        traffic: Bytes of one connection; beyond it they wait.
        work: Seconds of the server's processor that one person's messages to one room may take; beyond it they wait.
        publish_factor: The next frame goes this many times what sending the last one cost after it: so a busy room
            takes one part in so many of a processor, unless frames are as far apart as they may be.
        max_publish_gap_seconds: And never longer than this.
        presence_gap_seconds: Presence is sent at most this often in one room.
        keep_alive_seconds: A connection that was sent nothing for so long is sent a sign of life;
            y-websocket gives up after 30 s of silence.
        idle_seconds: A room nobody is in is kept in memory this long.
        compact_after_updates: Logged updates since the last snapshot that call for a new one.
        keep_snapshots: Snapshots kept of a room.
        history_seconds: Updates covered by a snapshot stay this long.
    """

    document: DocumentLimits = field(default_factory=DocumentLimits)
    max_frame_bytes: int = 1024 * 1024
    max_awareness_bytes: int = 4096
    max_awareness_clients: int = 4
    max_outbox_bytes: int = 2 * 1024 * 1024
    slow_seconds: float = 30.0
    max_connections: int = 1000
    max_person_connections: int = 16
    messages: Rate = field(default=Rate(200, 2000))
    traffic: Rate = field(default=Rate(512 * 1024, 4 * 1024 * 1024))
    work: Rate = field(default=Rate(0.25, 0.5))
    publish_factor: float = 32.0
    max_publish_gap_seconds: float = 0.012
    presence_gap_seconds: float = 0.1
    keep_alive_seconds: float = 15.0
    idle_seconds: float = 60.0
    compact_after_updates: int = 500
    keep_snapshots: int = 2
    history_seconds: float = 7 * 24 * 3600.0
