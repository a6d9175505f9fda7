"""
Uploads that go past this server, straight to where files are kept, by an address good for one file and a while.

The store knows nothing of limits: an object store's address does not say how long a file may be. So what has arrived is
not believed until its giver says it is complete; then it is measured, fetched, hashed, and goes the way of all uploads.
Under the address it came by, nobody reads it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress

from ingest.bodies import Pieces
from ingest.errors import UploadRefused
from ingest.metadata import parse
from ingest.pipeline import Ingest
from ingest.uploads import INCOMING, Checksum, Spool, Upload, incoming
from store.blobs import LINK_SECONDS, Blobs
from store.errors import NotFound
from store.links import Grant
from store.models import Document


class DirectUploads:
    """The uploads of one server that go to its store of files by themselves."""

    def __init__(self, spool: Spool, blobs: Blobs, ingest: Ingest) -> None:
        self._spool = spool
        self._blobs = blobs
        self._ingest = ingest
        self._completing: set[str] = set()

    async def begin(self, upload: Upload, *, used: int) -> str:
        """
        Begin an upload of known length; return the address to put it to.

        Args:
            used: Bytes the session's documents take already.

        Raises:
            UploadRefused: If it does not fit, or nothing here signs addresses.
        """
        url = await self._blobs.url_for(
            incoming(upload.id), "PUT", size=upload.length, sha256=_wanted(upload)
        )
        if url is None:
            raise UploadRefused(
                409, "not-signed", "This store of files signs no addresses; upload with tus."
            )
        await asyncio.to_thread(lambda: self._spool.create(upload, used=used))
        return url

    async def receive(self, grant: Grant, pieces: AsyncIterable[bytes]) -> None:
        """
        Keep what comes by an address of our own.

        Raises:
            UploadRefused: If it is longer or shorter than was said, or another file.
            FilesUnavailable: If it cannot be kept.
        """
        await self._blobs.receive(grant.key, _checked(grant, pieces))

    async def complete(self, upload: Upload) -> Document:
        """
        Make a document of what has arrived; asking again gives the same one.

        Raises:
            UploadRefused: If nothing has (409), it is longer (413) or shorter (409) than was said, or another file
                (460). What is of no use is deleted.
            FilesUnavailable: If the store does not answer; what has arrived is still there.
        """
        if upload.parts is not None:
            raise UploadRefused(400, "bad-parts", "This upload is of parts; tus joins those.")
        if upload.id in self._completing:
            raise UploadRefused(423, "interrupted", "Another request completes this upload.")
        self._completing.add(upload.id)
        try:
            if not self._spool.is_whole(upload) or upload.length == 0:
                await self._fetch(upload)
            document = await self._ingest.take(upload)
        finally:
            self._completing.discard(upload.id)
        await self._blobs.delete(incoming(upload.id))
        return document

    async def _fetch(self, upload: Upload) -> None:
        key = incoming(upload.id)
        try:
            size = await self._blobs.size(key)
        except NotFound:
            if upload.handed_over:
                return
            raise UploadRefused(
                409, "not-uploaded", "Nothing has arrived yet; put the file to its address first."
            ) from None
        if size != upload.length:
            await self._blobs.delete(key)
            raise wrong_size(size, upload.length)
        digest = _wanted(upload)
        checksum = Checksum("sha256", bytes.fromhex(digest)) if digest is not None else None
        await asyncio.to_thread(self._spool.restart, upload)
        try:
            body = Pieces(self._blobs.read(key))
            await self._spool.append(upload, 0, body, used=0, checksum=checksum)
        except UploadRefused as exc:
            if exc.reason == "checksum":
                await self._blobs.delete(key)
            raise

    async def sweep(self) -> int:
        """Remove what has arrived and was not completed in time; return how many."""
        swept = 0
        now = self._spool.now()
        for key, written in (await self._blobs.under(INCOMING)).items():
            age = now - written
            if age > self._spool.limits.keep_seconds or (
                age > 2 * LINK_SECONDS and not self._is_awaited(key.rpartition("/")[2])
            ):
                await self._blobs.delete(key)
                swept += 1
        return swept

    def _is_awaited(self, ident: str) -> bool:
        with suppress(UploadRefused):
            return not self._spool.get(ident).handed_over
        return False


def _wanted(upload: Upload) -> str | None:
    """Return the fingerprint its giver has told, if they have."""
    return parse(upload.metadata).get("sha256")


async def _checked(grant: Grant, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Pass on what comes, as long as it is what the address is for."""
    came, digest = 0, hashlib.sha256()
    async for piece in pieces:
        came += len(piece)
        if grant.size is not None and came > grant.size:
            raise wrong_size(came, grant.size)
        digest.update(piece)
        yield piece
    if grant.size is not None and came < grant.size:
        raise wrong_size(came, grant.size)
    if grant.sha256 is not None and digest.hexdigest() != grant.sha256:
        raise UploadRefused(460, "checksum", "What arrived is not what was sent; send it again.")


def wrong_size(size: int, length: int | None) -> UploadRefused:
    if length is not None and size > length:
        return UploadRefused(
            413,
            "too-large",
            f"More has arrived than the {length} bytes that were said; it is gone.",
        )
    return UploadRefused(
        409, "bad-length", f"{size} bytes have arrived where {length} were said; send it again."
    )
