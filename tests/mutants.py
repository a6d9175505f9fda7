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
_SIMULATION = ("tests/simulation/test_simulation.py",)
_FEW_SCHEDULES = (("ACCORD_TEST_SCHEDULES", "400"),)

_NO_GAP_CHECK = Change(
    "collab/accepted.py",
    "            if block.clock > known:\n"
    '                raise ClockGap(f"client {block.client} starts at {block.clock}, known to {known}")\n',
    "",
)

_ACKNOWLEDGE_EARLY = Change(
    "rooms/connection.py",
    "for submitted, message in self._wants_saved if submitted <= self._saved]",
    "for submitted, message in self._wants_saved]",
)

_SHOW_EARLY = Change(
    "rooms/room.py",
    "        self._committing.append(edit)\n",
    "        self._committing.append(edit)\n"
    "        self._loaded.apply(entry.data)\n"
    "        for other in self._people.connections:\n"
    "            other.send(Frame(sync_message(UPDATE, entry.data)))\n",
)

_CANCEL_ON_LEAVE = Change(
    "rooms/room.py",
    "        self._people.remove(who, self._clock())\n",
    "        self._log.discard(self.number)\n        self._people.remove(who, self._clock())\n",
)


def _known_elsewhere(name: str, test: str, *changes: Change) -> Mutant:
    """A defect of another implementation."""
    return Mutant(name, ("tests/ai/test_reference_defects.py", "-k", test), changes)


def _simulated(name: str, *changes: Change) -> Mutant:
    return Mutant(f"{name} (simulated)", _SIMULATION, changes, _FEW_SCHEDULES)


MUTANTS = (
    _known_elsewhere(
        "take letters outside the candidates",
        "letters_outside",
        Change(
            "ai/ballots.py",
            "            if not isinstance(name, str) or name not in candidates:\n",
            "            if not isinstance(name, str):\n",
        ),
    ),
    _known_elsewhere(
        "take ties where none may be",
        "ties_are_refused",
        Change(
            "ai/ballots.py",
            "        if strict and len(names) > 1:\n",
            "        if False:\n",
        ),
    ),
    _known_elsewhere(
        "count a candidate twice",
        "twice_and_one_missing",
        Change("ai/ballots.py", "            if name in seen:\n", "            if False:\n"),
    ),
    _known_elsewhere(
        "take half a ranking",
        "half_a_ranking",
        Change(
            "ai/ballots.py",
            "    if strict and (missing := set(candidates) - seen):\n",
            "    if strict and (missing := set()):\n",
        ),
    ),
    _known_elsewhere(
        "take the last of two rankings in one answer",
        "hijacks_no_answer",
        Change(
            "ai/ballots.py",
            "        value = json.loads(answer, object_pairs_hook=_no_repeated_names)\n",
            "        value = json.JSONDecoder().raw_decode(answer)[0]\n",
        ),
    ),
    _known_elsewhere(
        "keep an empty candidate",
        "nothing_is_no_candidate",
        Change("ai/candidates.py", "        if text and text not in seen:\n", "        if True:\n"),
        Change("ai/candidates.py", "    if not reader.ended:\n", "    if False:\n"),
    ),
    _known_elsewhere(
        "ask for no candidate at all",
        "asked_for_at_least_once",
        Change("ai/rounds.py", "for at in range(number)))", "for at in range(number - 1)))"),
    ),
    _known_elsewhere(
        "ask one after the other",
        "side_by_side",
        Change(
            "ai/answers.py",
            "asyncio.Semaphore(self._limits.parallel)",
            "asyncio.Semaphore(1)",
        ),
    ),
    _known_elsewhere(
        "have ids for 26 candidates",
        "more_candidates_than_letters",
        Change(
            "ai/candidates.py",
            "    return list(found)\n",
            "    return [chr(97 + at % 26) for at in range(count)]\n",
        ),
    ),
    _known_elsewhere(
        "let people without a place in the prompt vanish",
        "nobody_vanishes",
        Change("ai/rounds.py", "        if material.unread:\n", "        if False:\n"),
    ),
    _known_elsewhere(
        "drop texts that a word filter dislikes",
        "no_filter_of_words",
        Change(
            "ai/extractive.py",
            "        if len(one.text) <= _MAX_QUOTE_CHARACTERS",
            "        if not one.text.lower().startswith(('ai:', 'system:'))\n"
            "        and len(one.text) <= _MAX_QUOTE_CHARACTERS",
        ),
        Change(  # or whoever is left out there is given a place all the same
            "ai/claims.py",
            "        for sentence in split(one.text)\n    )\n",
            "        for sentence in split(one.text)\n"
            "        if not sentence.text.lower().startswith(('ai:', 'system:'))\n    )\n",
        ),
    ),
    _known_elsewhere(
        "fill prompts in with format",
        "no_program",
        Change(
            "ai/prompts/__init__.py",
            "            text = text.replace(placeholder, str(value))\n",
            "            text = text.format(**values)\n",
        ),
    ),
    _known_elsewhere(
        "keep quotes nobody looked up",
        "quotes_that_nobody_said",
        Change(
            "ai/claims.py",
            "        found = self._sources[alias].find(quote)\n",
            "        found = Found(0, len(quote), quote)\n",
        ),
    ),
    _known_elsewhere(
        "break circles by the alphabet",
        "by_the_alphabet",
        Change(
            "ai/schulze.py",
            "        if all(len(tier) == 1 for tier in tiers):\n",
            "        if True:\n",
        ),
        Change(
            "ai/schulze.py",
            'sorted(tier, key=lambda one: _lot(seed, "lot", one))',
            "sorted(tier, reverse=True)",
        ),
    ),
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
        (_ACKNOWLEDGE_EARLY,),
        _FEW_KILLS,
    ),
    Mutant(
        "cancel what a leaving client has under way",
        _KILL,
        (_CANCEL_ON_LEAVE,),
        _FEW_KILLS,
    ),
    Mutant(
        "show edits before they are on disk, and lose those that were not",
        ("tests/rooms/test_room.py",),
        (_SHOW_EARLY,),
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
    _simulated("acknowledge before the commit", _ACKNOWLEDGE_EARLY),
    _simulated("show edits before they are on disk", _SHOW_EARLY),
    _simulated("take an update that comes before its predecessor", _NO_GAP_CHECK),
    _simulated("cancel what a leaving client has under way", _CANCEL_ON_LEAVE),
    _simulated(
        "ask nobody for what is missing after a failed commit",
        Change(
            "rooms/connection.py",
            "        self._saved = self._submitted\n        self.resync()\n",
            "        self._saved = self._submitted\n",
        ),
    ),
    _simulated(
        "keep what builds on an edit that could not be saved",
        Change(
            "rooms/room.py",
            "        self._log.discard(self.number)\n        self._end_generation",
            "        self._end_generation",
        ),
    ),
    _simulated(
        "take a report from before a room was loaded again for a new one",
        Change(
            "rooms/room.py", "        if generation != self._generation:\n", "        if False:\n"
        ),
    ),
    _simulated(
        "number a snapshot one too high",
        Change(
            "rooms/compaction.py",
            "SavedState(stored.seq, data), retraced",
            "SavedState(stored.seq + 1, data), retraced",
        ),
    ),
    _simulated(
        "number a snapshot when it is written, not when it is read",
        Change(
            "rooms/compaction.py",
            "    snapshots.save(session, room, state, keep=options.keep_snapshots)\n",
            "    state = SavedState(updatelog.last_seq(session, room), state.data)\n"
            "    snapshots.save(session, room, state, keep=options.keep_snapshots)\n",
        ),
    ),
    _simulated(
        "trim updates that no snapshot covers",
        Change("rooms/compaction.py", "upto=oldest_kept, before", "upto=oldest_kept + 3, before"),
    ),
    _simulated(
        "trim updates that only the newest snapshot covers",
        Change(
            "rooms/compaction.py",
            "    oldest_kept = snapshots.oldest_seq(session, room)\n",
            "    oldest_kept = state.seq\n",
        ),
    ),
    _simulated(
        "start again from one when the log was trimmed",
        Change(
            "store/updatelog.py",
            "for query in (logged, saved, aside)",
            "for query in (logged, aside)",
        ),
    ),
    _simulated(
        "believe in the last number after a commit that may have failed",
        Change(
            "store/updatelog.py",
            "seq = self._last_seqs.pop(room, None)",
            "seq = self._last_seqs.get(room)",
        ),
    ),
    _simulated(
        "keep half of the rows that were to go with edits",
        Change(
            "store/updatelog.py", "        with session.begin_nested():\n", "        if True:\n"
        ),
    ),
    _simulated(
        "tell a room only of the first entry of a commit",
        Change(
            "store/updatelog.py",
            "        batch.kept(len(batch.entries), seq, failure)\n",
            "        batch.kept(1, seq, failure)\n",
        ),
    ),
    _simulated(
        "forget that client ids were not saved",
        Change(
            "rooms/room.py",
            "        self._loaded = loaded\n        self._workbench.put_away()\n",
            "        loaded._known_clients |= self._loaded._known_clients\n"
            "        self._loaded = loaded\n        self._workbench.put_away()\n",
        ),
    ),
    _simulated(
        "give who was behind no difference",
        Change(
            "rooms/connection.py",
            "        self.outbox.behind_at = self._unanswered = None\n        self.send(missed)\n",
            "        self.outbox.behind_at = self._unanswered = None\n",
        ),
    ),
    _simulated(
        "give who asks while they are behind only what came since",
        Change(
            "rooms/connection.py",
            "            if self._unanswered is not None:\n",
            "            if False:\n",
        ),
    ),
    _simulated(
        "leave who has gone among those who are here",
        Change("rooms/room.py", "        self.presence.leave(who)\n", ""),
    ),
    _simulated(
        "call saved what came while the room was loaded again",
        Change(
            "rooms/connection.py",
            "            self._whole_at = self._questions + 1  # when it is loaded everybody is asked\n",
            "            pass\n",
        ),
    ),
    _simulated(
        "call saved what is still under way from a broken socket",
        Change(
            "rooms/room.py",
            "        if accepted is None:\n            return self._wait_for_what_is_under_way(connection)\n",
            "        if accepted is None:\n            return False\n",
        ),
    ),
    _simulated(
        "show nobody what is found on disk when a room is loaded again",
        Change("rooms/room.py", "            if news is not None:\n", "            if False:\n"),
    ),
    _simulated(
        "forget ids that only presence has shown",
        Change(
            "rooms/room.py",
            "        loaded.accepted.inherit(self._loaded.accepted)"
            "  # ids seen in presence only are not on disk\n",
            "",
        ),
    ),
    _simulated(
        "let a room that closed itself end the care for all",
        Change(
            "rooms/registry.py",
            "        if not room.open:\n            return\n        try:\n",
            "        try:\n",
        ),
        Change(
            "rooms/registry.py",
            "        except Exception:\n"
            "            logger.exception(\n"
            '                "a room failed over its care"',
            "        except KeyError:\n"
            "            logger.exception(\n"
            '                "a room failed over its care"',
        ),
    ),
    _simulated(
        "let who stops waiting for a room stop its loading",
        Change("rooms/room.py", "await asyncio.shield(self._reloading)", "await self._reloading"),
    ),
    Mutant(
        "close a room with somebody left waiting",
        ("tests/rooms/test_room.py", "-k", "closed_is_told", "--timeout=20"),
        (
            Change(
                "rooms/room.py",
                "        tell(self._committing, "
                'RoomClosed("the room was closed before this was saved"))\n',
                "",
            ),
        ),
    ),
    Mutant(
        "commit what its room would not show yet",
        ("tests/store/test_updatelog.py", "-k", "left_for_a_later"),
        (Change("store/updatelog.py", " if batch.pace.due <= soon}", "}"),),
    ),
    Mutant(
        "take the rest of an item wherever it says that it is",
        ("tests/collab/test_accepted.py", "-k", "goes_on_elsewhere"),
        (Change("collab/accepted.py", "    if begun.line is not line:\n", "    if False:\n"),),
    ),
    _simulated(
        "let a snapshot that cannot be written keep its room shut",
        Change(
            "rooms/registry.py",
            "        except Exception:  # damaged, or the disk is full: the log has it all the same\n",
            "        except DataDamaged:\n",
        ),
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
        lines = done.stdout.splitlines()
        said = [line.partition("VIOLATED:")[2].strip() for line in lines if "VIOLATED:" in line]
        said += [line[1:].strip() for line in lines if line.startswith("E  ")]
        return (said or ["it hangs"])[0][:150] if done.returncode else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
