"""A process that appends to the update log until a test kills it: ``python -m tests.store.victim FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from store.testing import append_until_killed
from tests.store.backends import Sqlite

if __name__ == "__main__":
    asyncio.run(append_until_killed(Sqlite(Path(sys.argv[1]))))
