"""Whether the database takes writes, asked as seldom as possible, and whether anybody could come in."""

from __future__ import annotations

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.database import Database


class Readiness:
    """
    Asks the database; who asks meanwhile waits for the same answer.

    Args:
        patience_seconds: How long one who asks is kept waiting.
        good_seconds: How long a good answer holds: nobody has to sign in to ask, and each costs a write.
    """

    def __init__(
        self, database: Database, *, patience_seconds: float = 2.0, good_seconds: float = 1.0
    ) -> None:
        self._database = database
        self._patience = patience_seconds
        self._good = good_seconds
        self._asking: asyncio.Task[None] | None = None
        self._good_until = 0.0

    async def check(self) -> None:
        """
        Return if the database takes writes and there is a file descriptor to let somebody in with.

        Raises:
            TimeoutError: If the database says nothing.
            OSError: If this process can open nothing more.
            Exception: Whatever else it says.
        """
        os.close(os.open(os.devnull, os.O_RDONLY))
        if asyncio.get_running_loop().time() < self._good_until:
            return
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._answered)
        async with asyncio.timeout(self._patience):
            await asyncio.shield(self._asking)

    async def _ask(self) -> None:
        await self._database.write(_touch)
        self._good_until = asyncio.get_running_loop().time() + self._good

    def _answered(self, asking: asyncio.Task[None]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # everybody who asked may have gone


def _touch(session: Session) -> None:
    """A write that changes nothing: it needs the lock and the disk, and leaves no trace."""
    session.execute(text("UPDATE alembic_version SET version_num = version_num"))
