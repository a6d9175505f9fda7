"""A Yjs client that keeps everything it is sent, to say afterwards what could be seen and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from collab.awareness import LEFT, read_states
from collab.document import SUGGESTIONS
from collab.wire import read_var_bytes, read_var_uint
from tests.harness import PATIENCE, RunningApp
from tests.web.people import Client
from tests.web.wire import Peer, peer, room_token

_AWARENESS = 1

#: The bot's presence; people's ids are far above.
_BOT_CLIENT = 3


class Watcher:
    """
    What one client sees.

    Attributes:
        frames: Every message as it came.
        history: The suggestions as they stood after each message that changed them.
        bot: What the bot's presence said, one after the other; `LEFT` when it went.
    """

    def __init__(self, peer: Peer) -> None:
        self.frames: list[bytes] = []
        self.history: list[dict[str, Any]] = []
        self.bot: list[Any] = []
        self._peer = peer
        self._changed = asyncio.Event()
        self._look()

    @property
    def shown(self) -> dict[str, Any]:
        """The suggestions, by id."""
        return self.history[-1]

    @property
    def statuses(self) -> set[str]:
        """Every status that is shown."""
        return self.statuses_of(self.shown)

    def statuses_of(self, shown: dict[str, Any]) -> set[str]:
        """Every status of these suggestions."""
        return {one["status"] for one in shown.values()}

    async def watch(self) -> None:
        """Take in what comes, until cancelled."""
        while True:
            message = await self._peer.step()
            self.frames.append(message)
            kind, at = read_var_uint(message)
            if kind == _AWARENESS:
                self._hear(read_var_bytes(message, at)[0])
            else:
                self._look()
            self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of what was seen."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _look(self) -> None:
        shown: dict[str, Any] = self._peer.document.root_map(SUGGESTIONS).to_py() or {}
        if not self.history or shown != self.history[-1]:
            self.history.append(shown)

    def _hear(self, payload: bytes) -> None:
        for state in read_states(payload):
            if state.client == _BOT_CLIENT:
                self.bot.append(LEFT if state.json == LEFT else json.loads(state.json))


@asynccontextmanager
async def watching(
    app: RunningApp, script: Client, session: dict[str, Any]
) -> AsyncIterator[Watcher]:
    """Come into a session's room and watch."""
    token = await room_token(script, session["id"])
    async with peer(f"{app.ws_url}/{session['room']}?token={token}") as client:
        watcher = Watcher(client)
        async with asyncio.TaskGroup() as tasks:  # if watching fails, so does the test
            task = tasks.create_task(watcher.watch())
            yield watcher
            task.cancel()
