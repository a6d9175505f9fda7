"""
Known bugs, put back on purpose: each must turn its test red.

    .venv/bin/python -m tests.mutants [NAME ...]

Works on a copy of the checkout in a temporary folder. A test that stays green here proves nothing. Takes minutes, so
it is not part of `scripts/test`; run it when you touch what these tests guard.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Change:
    """Text of a file and what stands there instead."""

    file: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One bug.

    Attributes:
        name: What it does.
        test: What must find it (pytest's arguments).
        changes: How it is put back.
        environment: To make the test short.
    """

    name: str
    test: tuple[str, ...]
    changes: tuple[Change, ...]
    environment: tuple[tuple[str, str], ...] = ()


_KILL = ("tests/e2e/test_kill.py",)
_CONVERGE = ("tests/e2e/test_convergence.py",)
_FEW_KILLS = (("ACCORD_TEST_KILLS", "6"),)
_FEW_HISTORIES = (("ACCORD_TEST_HISTORIES", "150"),)

_NO_GAP_CHECK = Change(
    "collab/accepted.py",
    "            if block.clock > known:\n"
    '                raise ClockGap(f"client {block.client} starts at {block.clock}, known to {known}")\n',
    "",
)

MUTANTS = (
    Mutant(
        "log event.update instead of the accepted bytes",
        _KILL,
        (
            _NO_GAP_CHECK,
            Change(
                "rooms/room.py",
                "        entry = Entry(origin.person, origin.via.value, accepted.data, clients, also)\n",
                "        import pycrdt\n"
                "        shadow = self.__dict__.setdefault('shadow', pycrdt.Doc())\n"
                "        seen = []\n"
                "        watch = shadow.observe(lambda event: seen.append(event.update))\n"
                "        shadow.apply_update(accepted.data)\n"
                "        shadow.unobserve(watch)\n"
                "        logged = seen[0] if seen else b'\\x00\\x00'\n"
                "        entry = Entry(origin.person, origin.via.value, logged, clients, also)\n",
            ),
        ),
        _FEW_KILLS,
    ),
    Mutant(
        "acknowledge before the commit",
        _KILL,
        (
            Change(
                "rooms/connection.py",
                "            if submitted > self._saved:\n                return\n",
                "",
            ),
        ),
        _FEW_KILLS,
    ),
    Mutant(
        "cancel what a leaving client has under way",
        _KILL,
        (
            Change(
                "rooms/room.py",
                "        if isinstance(who, Connection):\n",
                "        self._log.discard(self.number)\n        if isinstance(who, Connection):\n",
            ),
        ),
        _FEW_KILLS,
    ),
    Mutant(
        "show edits before they are on disk, and lose those that were not",
        ("tests/rooms/test_room.py",),
        (
            Change(
                "rooms/room.py",
                "        self._committing.append(Edit(accepted, connection, done))\n",
                "        self._committing.append(Edit(accepted, connection, done))\n"
                "        self.document.apply(accepted.data)\n"
                "        for other in self._connections:\n"
                "            other.send(Frame(sync_message(UPDATE, accepted.data)))\n",
            ),
        ),
    ),
    Mutant(
        "take an update that comes before its predecessor",
        ("tests/rooms/test_connection.py",),
        (_NO_GAP_CHECK,),
    ),
    Mutant(
        "count characters where the engine counts bytes",
        ("tests/collab/test_positions.py",),
        (
            Change(
                "collab/positions.py",
                "        return len(before.encode()) - embeds * (len(OBJECT.encode()) - 1)\n",
                "        return at\n",
            ),
        ),
    ),
    Mutant(
        "keep only the first block of what a client brings back",
        _CONVERGE,
        (
            Change(
                "collab/accepted.py",
                "            blocks.append(new)\n        deletes = {}\n",
                "            blocks.append(new)\n            break\n        deletes = {}\n",
            ),
        ),
        _FEW_HISTORIES,
    ),
    Mutant(
        "forget deletions that come with known structs",
        _CONVERGE,
        (
            Change(
                "collab/accepted.py",
                "            if ranges:\n                deletes[client] = ranges\n",
                "            if ranges and blocks:\n                deletes[client] = ranges\n",
            ),
        ),
        _FEW_HISTORIES,
    ),
)


def main(names: list[str]) -> int:
    """Run the mutants whose name contains one of these words; return how many survived."""
    chosen = [one for one in MUTANTS if not names or any(word in one.name for word in names)]
    survivors = 0
    for mutant in chosen:
        complaint = complaint_about(mutant)
        survivors += complaint is None
        verdict = "SURVIVED" if complaint is None else "red"
        sys.stdout.write(
            f"{verdict:9} {mutant.name}  ({mutant.test[0]})\n          {complaint or ''}\n"
        )
        sys.stdout.flush()
    return survivors


def complaint_about(mutant: Mutant) -> str | None:
    """Return what the mutant's test says against it, None if it finds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "accord"
        shutil.copytree(
            ROOT,
            copy,
            symlinks=True,
            ignore=shutil.ignore_patterns(
                ".git", ".venv", "node_modules", "__pycache__", ".*_cache"
            ),
        )
        npm = copy / "tests" / "e2e" / "npm" / "node_modules"
        npm.symlink_to(ROOT / "tests" / "e2e" / "npm" / "node_modules")
        for change in mutant.changes:
            path = copy / change.file
            text = path.read_text()
            assert text.count(change.before) == 1, f"{mutant.name}: {change.file} has changed"
            path.write_text(text.replace(change.before, change.after))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "--timeout=240", *mutant.test],
            cwd=copy,
            env={**os.environ, **dict(mutant.environment), "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        said = [line[1:].strip() for line in done.stdout.splitlines() if line.startswith("E  ")]
        return (said or ["it hangs"])[0][:150] if done.returncode else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
