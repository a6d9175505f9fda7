"""
Files that are still arriving, in a folder of their own.

How far one has come is the size of its file, never a number kept elsewhere; so whatever ends the server, the next
one goes on at the right place. What is known of an upload stands beside it as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ingest.bodies import Body
from ingest.errors import UploadRefused, disk_error, disk_full
from ingest.uploadturns import UploadTurn, UploadTurns, interrupted
from ingest.uploadwriter import BUFFER_BYTES, UploadWriter

#: A moment, in seconds: whether a connection sends something need not be known more exactly.
_MOMENT = 1.0

_IDENT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")

ALGORITHMS = ("sha256", "sha1", "md5")

#: What comes straight to the store of files lies here until it is complete.
INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """
    Attributes:
        max_bytes: Of one file.
        session_bytes: Of all files of a session, those that are still arriving too.
        free_bytes: What must stay free on the disk.
        keep_seconds: An upload nobody goes on with is kept this long.
        idle_seconds: A connection that sends nothing for so long is ended; what came is kept.
        at_once: Of one person, so many are received at a time; the others wait.
        unfinished: Of one person, so many may be under way.
    """

    max_bytes: int = 2 * 1024**3
    session_bytes: int = 20 * 1024**3
    free_bytes: int = 256 * 1024**2
    keep_seconds: float = 24 * 3600.0
    idle_seconds: float = 60.0
    at_once: int = 8
    unfinished: int = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """
    What is known of an upload.

    Attributes:
        length: How long the file will be; None while nobody has said.
        metadata: As its owner sent it.
        parts: ``partial`` for a part of a file, ``final;...`` for a file made of parts, else None.
        sha256: Of the whole file, once it is there.
        handed_over: Whether its bytes have gone to where they are kept.
    """

    id: str
    session_id: str
    participant_id: str
    length: int | None
    metadata: str
    parts: str | None = None
    sha256: str | None = None
    handed_over: bool = False

    @property
    def is_part(self) -> bool:
        """Whether it is no file by itself."""
        return self.parts == "partial"


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must add up to. `digest`: raw."""

    algorithm: str
    digest: bytes


@dataclass(slots=True)
class _Digest:
    """SHA-256 of the first `upto` bytes of an upload."""

    upto: int
    sha256: Any


def incoming(ident: str) -> str:
    """Return the key under which an upload lies that came straight to the store of files, until it is complete."""
    return f"{INCOMING}/{ident}"


class Spool:
    """The uploads of one server. `folder` exists, and is this process's alone."""

    def __init__(
        self,
        folder: Path,
        limits: UploadLimits | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits or UploadLimits()
        self._folder = folder
        self._clock = clock
        self._turns = UploadTurns(self.limits.at_once)
        self._digests: dict[str, _Digest] = {}

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self._clock()

    def create(self, upload: Upload, *, used: int) -> None:
        """
        Begin an upload.

        Args:
            used: Bytes the session's documents take already.

        Raises:
            UploadRefused: If it does not fit (413), or its owner has too many under way (429).
        """
        under_way = self._under_way()
        reserved = self._reserved(upload.session_id, under_way)
        self._check_room(upload.length or 0, used + reserved)
        self._check_count(upload.participant_id, under_way)
        self._save(upload)
        self.path(upload.id).touch(exist_ok=False)

    def get(self, ident: str) -> Upload:
        """
        Return an upload.

        Raises:
            UploadRefused: If there is none (404), or it has been swept away (410 is not told from it).
        """
        if not ident or len(ident) > 64 or not _IDENT.issuperset(ident):
            raise _unknown()
        try:
            return Upload(**json.loads(self._about(ident).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise _unknown() from None

    def path(self, ident: str) -> Path:
        """Return where an upload's bytes are."""
        return self._folder / f"{ident}.part"

    def offset(self, upload: Upload) -> int:
        """Return how many bytes are there."""
        try:
            return self.path(upload.id).stat().st_size
        except FileNotFoundError:  # it is being handed over, or was
            if upload.sha256 is None and not self.get(upload.id).sha256:
                raise _unknown() from None
            return upload.length or 0

    def is_whole(self, upload: Upload) -> bool:
        """Whether all bytes are there."""
        return upload.length is not None and self.offset(upload) == upload.length

    def expires_at(self, upload: Upload) -> float:
        """Return when it is swept away if nobody goes on with it, in seconds since 1970."""
        newest = self._about(upload.id).stat().st_mtime
        with contextlib.suppress(FileNotFoundError):
            newest = max(newest, self.path(upload.id).stat().st_mtime)
        return newest + self.limits.keep_seconds

    def set_length(self, upload: Upload, length: int, *, used: int) -> Upload:
        """
        Say how long a file will be, if that was left open.

        Raises:
            UploadRefused: If it was not, or it does not fit.
        """
        if upload.length is not None and upload.length != length:
            raise UploadRefused(400, "bad-length", "The length of an upload cannot be changed.")
        if length < self.offset(upload):
            raise UploadRefused(
                400, "bad-length", "More has arrived than the length that is given."
            )
        if upload.length is None:
            used += self.reserved(upload.session_id)
            self._check_room(length - self.offset(upload), used)
            upload = replace(upload, length=length)
            self._save(upload)
        return upload

    async def append(
        self,
        upload: Upload,
        at: int,
        body: Body,
        *,
        used: int,
        checksum: Checksum | None = None,
    ) -> int:
        """
        Write what comes, and return how far the upload is. What has come is kept whatever ends the coming.

        Where many of one person's come at once, it waits for those before it.

        Args:
            at: Where its sender believes it to be.
            used: Bytes the session's documents take already.
            checksum: If it does not fit, nothing of this request is kept.

        Raises:
            UploadRefused: If the offset is another (409), it becomes too long (413), the checksum does not
                fit (460), another request goes on with it (423) or the disk is full (507).
        """
        async with self._turns.of(upload.id, upload.participant_id) as turn:
            return await self._append(turn, upload, at, body, used, checksum)

    async def _append(
        self,
        turn: UploadTurn,
        upload: Upload,
        at: int,
        body: Body,
        used: int,
        checksum: Checksum | None,
    ) -> int:
        offset = self.offset(upload)
        if at != offset:
            raise UploadRefused(409, "bad-offset", f"This upload is at {offset}, not at {at}.")
        most = self._most(upload, used)
        digest = await self._digest(upload, offset)
        check = hashlib.new(checksum.algorithm) if checksum is not None else None
        hashes = (digest.sha256,) if check is None else (digest.sha256, check)
        room = min(BUFFER_BYTES, most - offset + 1)  # one more shows that there is more
        writer = UploadWriter(self.path(upload.id), offset, hashes, buffer_bytes=max(1, room))
        complete = False
        try:
            await self._receive(turn, writer, body, most)
            complete = True
        finally:
            fits = check is None or (
                complete and checksum is not None and check.digest() == checksum.digest
            )
            await asyncio.shield(asyncio.to_thread(writer.close, keep=fits))
            if fits:
                self._digests[upload.id] = _Digest(writer.offset, digest.sha256)
            else:
                self._digests.pop(upload.id, None)
        if not fits:
            raise UploadRefused(
                460, "checksum", "What arrived is not what was sent; send it again."
            )
        return writer.offset

    async def _receive(self, turn: UploadTurn, writer: UploadWriter, body: Body, most: int) -> None:
        """Receive one buffer while the one before it is written: two are in memory at most."""
        loop = asyncio.get_running_loop()
        idle = self.limits.idle_seconds
        coming, seen = writer.offset, loop.time()
        try:
            async with turn.waits(idle) as heard:
                while count := await body.readinto(writer.free):
                    coming += count
                    if coming > most:
                        raise UploadRefused(413, "too-large", "More arrives than fits.")
                    writer.filled(count)
                    if not writer.free:
                        await writer.begin()
                    if loop.time() - seen > min(_MOMENT, idle / 2):
                        seen = loop.time()
                        heard()
        except TimeoutError:
            raise interrupted() from None
        await writer.begin()
        await writer.written()

    def join(self, upload: Upload, parts: Sequence[Upload]) -> Upload:
        """
        Make one file of its parts; runs as long as copying does. The parts are gone then.

        Raises:
            UploadRefused: If a part is no part, not whole, or somebody else's.
        """
        for part in parts:
            if not part.is_part or part.handed_over or not self.is_whole(part):
                raise UploadRefused(400, "bad-parts", "A part of this file has not arrived whole.")
            if (part.session_id, part.participant_id) != (
                upload.session_id,
                upload.participant_id,
            ):
                raise _unknown()
        length = sum(self.offset(part) for part in parts)
        if length > self.limits.max_bytes:
            raise _too_large(self.limits.max_bytes)
        upload = replace(upload, length=length)
        with self.path(upload.id).open("xb") as made:
            try:
                for part in parts:
                    with self.path(part.id).open("rb") as file:
                        shutil.copyfileobj(file, made, BUFFER_BYTES)
                made.flush()
                os.fsync(made.fileno())
            except OSError as exc:
                self.path(upload.id).unlink()
                raise disk_error(exc) from exc
        self._save(upload)
        for part in parts:
            self.forget(part.id)
        return upload

    async def finish(self, upload: Upload) -> Upload:
        """Return a whole upload with its fingerprint."""
        if upload.sha256 is None:
            digest = await self._digest(upload, self.offset(upload))
            upload = replace(upload, sha256=digest.sha256.hexdigest())
            await asyncio.to_thread(self._save, upload)
        return upload

    def restart(self, upload: Upload) -> None:
        """Forget the bytes of an upload that nobody writes to now: they come again from the first."""
        self.path(upload.id).write_bytes(b"")
        self._digests.pop(upload.id, None)

    def hand_over(self, upload: Upload) -> None:
        """Remember that an upload's bytes are kept elsewhere now."""
        self._save(replace(upload, handed_over=True))
        self.path(upload.id).unlink(missing_ok=True)
        self._digests.pop(upload.id, None)

    def forget(self, ident: str) -> None:
        """Remove an upload and what came of it."""
        self.path(ident).unlink(missing_ok=True)
        self._about(ident).unlink(missing_ok=True)
        self._digests.pop(ident, None)

    async def give_up(self, ident: str) -> None:
        """End the request that writes to an upload, if one does; once it has ended, remove what came."""
        async with self._turns.alone(ident):
            await asyncio.to_thread(self.forget, ident)

    def sweep(self) -> int:
        """Remove what nobody has gone on with for long; return how many."""
        swept = 0
        for upload in self.all():
            if not self._turns.has(upload.id) and self.expires_at(upload) < self._clock():
                self.forget(upload.id)
                swept += 1
        for orphan in self._folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                old = orphan.stat().st_mtime + self.limits.keep_seconds < self._clock()
                if old and not self._about(orphan.stem).exists():
                    orphan.unlink()
        return swept

    def all(self) -> Iterator[Upload]:
        """Yield every upload that is known."""
        for path in sorted(self._folder.glob("*.json")):
            with contextlib.suppress(UploadRefused):
                yield self.get(path.stem)

    def reserved(self, session_id: str) -> int:
        """Return how many bytes the uploads of a session will take that are not handed over."""
        return self._reserved(session_id, self._under_way())

    def _under_way(self) -> list[Upload]:
        return [upload for upload in self.all() if not upload.handed_over]

    def _reserved(self, session_id: str, under_way: Sequence[Upload]) -> int:
        return sum(self._takes(one) for one in under_way if one.session_id == session_id)

    def _takes(self, upload: Upload) -> int:
        if upload.length is not None:
            return upload.length
        try:
            return self.offset(upload)
        except UploadRefused:  # it was given up meanwhile
            return 0

    def _check_count(self, person: str, under_way: Sequence[Upload]) -> None:
        count = sum(one.participant_id == person for one in under_way)
        if count >= self.limits.unfinished:
            raise UploadRefused(
                429,
                "too-many",
                f"{count} of your files have not arrived whole yet; send the rest of them first, or give them up.",
            )

    def _check_room(self, length: int, used: int) -> None:
        if length > self.limits.max_bytes:
            raise _too_large(self.limits.max_bytes)
        if used + length > self.limits.session_bytes:
            raise UploadRefused(
                413,
                "quota",
                f"All files of a session may have {_words(self.limits.session_bytes)} together; "
                "this one does not fit any more. Delete what is not needed.",
            )
        if shutil.disk_usage(self._folder).free - length < self.limits.free_bytes:
            raise disk_full()

    def _most(self, upload: Upload, used: int) -> int:
        """Return how long an upload may become."""
        if upload.length is not None:
            return upload.length
        others = self.reserved(upload.session_id) - self.offset(upload)
        return min(self.limits.max_bytes, self.limits.session_bytes - used - others)

    async def _digest(self, upload: Upload, upto: int) -> _Digest:
        """Return the fingerprint so far; after a restart by reading what is there."""
        known = self._digests.get(upload.id)
        if known is not None and known.upto == upto:
            return known
        return await asyncio.to_thread(_digest_of, self.path(upload.id), upto)

    def _about(self, ident: str) -> Path:
        return self._folder / f"{ident}.json"

    def _save(self, upload: Upload) -> None:
        temporary = self._folder / f"{upload.id}.new"
        try:
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(asdict(upload), file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._about(upload.id))
        except OSError as exc:
            raise disk_error(exc) from exc


def _digest_of(path: Path, upto: int) -> _Digest:
    found = hashlib.sha256()
    left = upto
    with path.open("rb") as file:
        while left and (piece := file.read(min(BUFFER_BYTES * 4, left))):
            found.update(piece)
            left -= len(piece)
    return _Digest(upto, found)


def _unknown() -> UploadRefused:
    return UploadRefused(404, "not-found", "There is no such upload, or it was given up long ago.")


def _too_large(most: int) -> UploadRefused:
    return UploadRefused(413, "too-large", f"A file may have at most {_words(most)}.")


def _words(count: int) -> str:
    for size, unit in ((1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB")):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} bytes"
