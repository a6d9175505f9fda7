"""
Downloading a model, once: resumable, checked, and never half a model where models are looked for.

Files arrive in ``.<name>.part`` and get their place together, by one rename, when each has the size and the SHA-256
that we know, or that the hub told before it sent the first byte. Nothing that arrives is run.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from ingest.embedders.catalogue import Model, Wanted, source
from ingest.embedders.hub import Arriving, Broken, Hub, Overrun, Told, is_commit
from ingest.embedders.profiles import FileFacts, digest, write_profile
from ingest.errors import DownloadFailed

#: Called with a file's name, and how many bytes of how many are here.
Progress = Callable[[str, int, int], None]

#: How often in a row a connection may break without a byte, and how often at all.
_TRIES, _BREAKS = 3, 20

_STATE_FILE = ".arriving.json"


class Download:
    """
    Brings one model into its folder.

    Args:
        models: The folder that has a folder for each model.
        pause_seconds: Before the hub is asked again after a connection broke.
    """

    def __init__(
        self,
        hub: Hub,
        model: Model,
        models: Path,
        progress: Progress,
        *,
        pause_seconds: float = 1.0,
    ) -> None:
        self._hub = hub
        self._model = model
        self._folder = models / model.name
        self._part = models / f".{model.name}.part"
        self._progress = progress
        self._pause = pause_seconds

    def run(self) -> Path:
        """
        Return the model's folder; if it is there, nobody is asked.

        Raises:
            DownloadFailed: If it is not there afterwards; the text says why, and what to do.
        """
        models = self._folder.parent
        try:
            models.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _alone(models):
                if not self._folder.exists():
                    self._bring()
        except Broken as exc:
            raise DownloadFailed(str(exc), again=True) from exc
        except OSError as exc:
            raise DownloadFailed(
                f"{models} cannot be written: {exc.strerror or exc}; what has arrived is kept there",
                again=True,
            ) from exc
        return self._folder

    def _bring(self) -> None:
        revision = self._commit()
        done = _begin(self._part, self._model.repository, revision)
        self._check_room(
            sum((one.size or 0) - _size(self._part / one.name) for one in self._model.files)
        )
        for wanted in self._model.files:
            path = self._part / wanted.name
            facts = done.get(wanted.name)
            if facts is None or _size(path) != facts.size:
                path.parent.mkdir(exist_ok=True)
                facts = self._file(revision, wanted, path)
            if facts is not None:
                done[wanted.name] = facts
                _remember(self._part, self._model.repository, revision, done)
        came_from = source(self._model, revision)
        write_profile(self._part, replace(self._model.profile, source=came_from, files=done))
        _give_place(self._part, self._folder)

    def _commit(self) -> str:
        """Return the commit a branch stands for now, so that all files are of one; the branch if nobody says."""
        model = self._model
        if not is_commit(model.revision):
            for path in model.files[0].paths:
                with self._hub.open(model.repository, model.revision, path) as arriving:
                    if arriving is not None:
                        return arriving.told.commit or model.revision
        return model.revision

    def _file(self, revision: str, wanted: Wanted, to: Path) -> FileFacts | None:
        """Bring one file; None if the hub has none and it may be missing."""
        for path in wanted.paths:
            facts = self._insist(revision, path, wanted, to)
            if facts is not None:
                return facts
        if wanted.optional:
            return None
        raise DownloadFailed(
            f"{self._hub.host} has no {wanted.paths[0]} of {self._model.repository} at revision {revision}"
        )

    def _insist(self, revision: str, path: str, wanted: Wanted, to: Path) -> FileFacts | None:
        """Ask until the file is here, going on where the connection broke."""
        idle = breaks = 0
        while True:
            before = _size(to)
            try:
                return self._once(revision, path, wanted, to)
            except Overrun:
                to.unlink()
            except Broken as exc:
                if not exc.reached and _size(to) == 0:
                    raise
                breaks += 1
                idle = 0 if _size(to) > before else idle + 1
                if idle >= _TRIES or breaks >= _BREAKS:
                    raise Broken(
                        f"{exc}, after {_size(to)} bytes of {wanted.name}; the same command goes on from there",
                        reached=True,
                    ) from exc
                time.sleep(self._pause)

    def _once(self, revision: str, path: str, wanted: Wanted, to: Path) -> FileFacts | None:
        with self._hub.open(self._model.repository, revision, path, start=_size(to)) as arriving:
            if arriving is None:
                return None
            self._check(arriving, wanted)
            self._check_room(arriving.size - arriving.start)
            self._write(arriving, wanted.name, to)
        if _size(to) < arriving.size:
            raise Broken(f"the connection to {arriving.host} ended early", reached=True)
        return _checked(to, wanted, arriving.told)

    def _check(self, arriving: Arriving, wanted: Wanted) -> None:
        """Refuse, before its first byte, what cannot be the file, or what nobody we asked vouches for."""
        told = arriving.told.sha256
        if wanted.size not in (None, arriving.size) or (
            wanted.sha256 is not None and told not in (None, wanted.sha256)
        ):
            raise DownloadFailed(
                f"{self._hub.host} has another {wanted.name} than this version of Accord knows "
                f"({arriving.size} bytes and not {wanted.size})"
            )
        if arriving.elsewhere and wanted.sha256 is None and told is None:
            raise DownloadFailed(
                f"{self._hub.host} redirects to {arriving.host} and does not say which SHA-256 {wanted.name} has"
            )

    def _write(self, arriving: Arriving, name: str, to: Path) -> None:
        here = arriving.start
        with to.open("r+b" if here else "wb") as file:
            file.seek(here)
            for piece in arriving.pieces:
                here += len(piece)
                if here > arriving.size:
                    raise DownloadFailed(f"{arriving.host} sends more of {name} than it said")
                file.write(piece)
                self._progress(name, here, arriving.size)
            file.flush()
            os.fsync(file.fileno())

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._part).free
        if free < needed:
            raise DownloadFailed(
                f"{needed} more bytes are needed and {free} are free where {self._part.parent} is: make room, "
                "then the same command goes on",
                again=True,
            )


def downloaded(models: Path) -> list[Path]:
    """Return the folders of whole models, by name."""
    if not models.is_dir():
        return []
    return sorted(one for one in models.iterdir() if one.is_dir() and not one.name.startswith("."))


def _checked(path: Path, wanted: Wanted, told: Told) -> FileFacts:
    """
    Return what a whole file is.

    Raises:
        DownloadFailed: If it is not what it should be; it is removed.
    """
    found = digest(path)
    expected = wanted.sha256 or told.sha256
    if expected not in (None, found):
        path.unlink()
        raise DownloadFailed(
            f"{wanted.name} arrived damaged: its SHA-256 is {found} and not {expected}. It was removed; "
            "try again, and do not use that hub if it stays so",
            again=True,
        )
    return FileFacts(path.stat().st_size, found)


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Hold a folder of models; the lock goes with its process, however that ends."""
    with (models / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise DownloadFailed(f"another download into {models} is under way") from exc
        yield


def _begin(part: Path, repository: str, revision: str) -> dict[str, FileFacts]:
    """
    Make the folder where files arrive; return those that are whole.

    What is there of another revision is removed, and what is there of a branch: nobody knows whether it has moved.
    """
    try:
        state = json.loads((part / _STATE_FILE).read_text(encoding="utf-8"))
        same = state["of"] == [repository, revision] and is_commit(revision)
        done = {name: FileFacts(**facts) for name, facts in state["files"].items()}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        same, done = False, {}
    if not same:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        _remember(part, repository, revision, done := {})
    return done


def _remember(part: Path, repository: str, revision: str, done: dict[str, FileFacts]) -> None:
    files = {name: asdict(facts) for name, facts in done.items()}
    new = part / f"{_STATE_FILE}.new"
    new.write_text(json.dumps({"of": [repository, revision], "files": files}), encoding="utf-8")
    new.replace(part / _STATE_FILE)


def _give_place(part: Path, folder: Path) -> None:
    """Make a whole model's folder the one that is looked for, also after a power cut."""
    _settle(part)
    part.rename(folder)
    _settle(folder.parent)
    (folder / _STATE_FILE).unlink()


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
