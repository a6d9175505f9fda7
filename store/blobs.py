"""
Files as they were given: in a folder of this machine, or in an object store.

Both give out addresses that whoever holds them may use for a while: an object store signs them itself, for the folder
this server does (`store.links`).

Source: obstore (the Rust object_store crate): S3, Google Cloud, Azure and memory behind one interface.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, S3Store, from_url

from store.errors import FilesUnavailable, NotFound
from store.ids import new_id
from store.links import Links

_PIECE = 1024 * 1024

#: What signs addresses by itself.
_SIGNING = (S3Store, GCSStore, AzureStore)

#: How long an address of a file is good for.
LINK_SECONDS = 900.0

Method = Literal["GET", "PUT"]


class Blobs:
    """
    Keeps files by their keys, which are ids of ours.

    Args:
        folder: Where they are kept when there is no `url`; made if it is not there.
        url: ``s3://bucket/prefix``, ``gs://...``, ``az://...``, ``memory:///``; credentials come from the
            environment, as each store's own tools read them.
        links: Signs addresses of files in the folder; without it there are none.
    """

    def __init__(
        self, folder: Path, url: str | None = None, *, links: Links | None = None, **options: Any
    ) -> None:
        self._folder = folder if url is None else None
        self._links = links
        if url is None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store: Any = LocalStore(prefix=folder)
        else:
            self._store = from_url(url, **options)

    @property
    def signs(self) -> bool:
        """Whether addresses lead to the object store itself, past this server."""
        return isinstance(self._store, _SIGNING)

    async def url_for(
        self,
        key: str,
        method: Method,
        *,
        seconds: float = LINK_SECONDS,
        size: int | None = None,
        sha256: str | None = None,
        name: str | None = None,
    ) -> str | None:
        """
        Return an address that is good for this file and this method for a while; None where nothing signs one.

        Args:
            size: What may be put there, in bytes. An object store does not check it: look when it has arrived.
            sha256: Of what may be put there, hexadecimal. As above.
            name: What a file of the folder is called when it is got; an object store was told when it was put.

        Raises:
            FilesUnavailable: If the object store's credentials cannot sign.
        """
        if self._folder is not None:
            if self._links is None:
                return None
            return self._links.url(
                key, method, seconds=seconds, size=size, sha256=sha256, name=name
            )
        if not self.signs:
            return None
        try:
            lifetime = timedelta(seconds=seconds)
            return await obstore.sign_async(self._store, method, key, expires_in=lifetime)
        except BaseError as exc:
            raise FilesUnavailable(f"an address could not be signed: {exc}") from exc

    async def put(self, key: str, path: Path, *, name: str = "document") -> None:
        """
        Keep a file; it is gone from where it was. The same key again is the same file: it is replaced.

        Args:
            name: What it is called when somebody gets it straight from an object store: as a download, never opened.

        Raises:
            FilesUnavailable: If it could not be kept; it is still where it was.
        """
        try:
            if self._folder is not None:
                await asyncio.to_thread(_move, path, self._folder / key)
                return
            await obstore.put_async(self._store, key, path, attributes=_as_download(name))
        except (OSError, BaseError) as exc:
            raise FilesUnavailable(f"a file could not be kept: {exc}") from exc
        await asyncio.to_thread(path.unlink)

    async def receive(self, key: str, pieces: AsyncIterable[bytes]) -> None:
        """
        Keep what comes in the folder; what ends before its end leaves nothing.

        Raises:
            FilesUnavailable: If it could not be kept.
        """
        assert self._folder is not None, "an object store takes files in itself"
        to = self._folder / key
        beside = to.with_name(f"{to.name}.{new_id()}")
        try:
            await asyncio.to_thread(to.parent.mkdir, mode=0o700, exist_ok=True)
            file = await asyncio.to_thread(beside.open, "xb")
            try:
                with file:
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
                await asyncio.to_thread(beside.replace, to)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as exc:
            raise FilesUnavailable(f"a file could not be kept: {exc}") from exc

    async def under(self, folder: str) -> dict[str, float]:
        """
        Return the keys that begin with ``folder/``, and when each was written, in seconds since 1970.

        Raises:
            FilesUnavailable: If that cannot be known.
        """
        found: dict[str, float] = {}
        try:
            async for page in obstore.list(self._store, prefix=folder):
                found |= {one["path"]: one["last_modified"].timestamp() for one in page}
        except BaseError as exc:
            raise FilesUnavailable(f"files could not be listed: {exc}") from exc
        return found

    async def size(self, key: str) -> int:
        """
        Return how long a file is.

        Raises:
            NotFound: If there is none of this key.
            FilesUnavailable: If that cannot be known.
        """
        try:
            found = await obstore.head_async(self._store, key)
        except FileNotFoundError as exc:
            raise NotFound("file") from exc
        except BaseError as exc:
            raise FilesUnavailable(f"a file could not be looked up: {exc}") from exc
        return int(found["size"])

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """
        Yield a file's bytes from `start` up to `end`.

        Raises:
            NotFound: If there is none of this key.
        """
        size = await self.size(key)
        end = size if end is None else min(end, size)
        while start < end:
            stop = min(start + _PIECE, end)
            try:
                piece = await obstore.get_range_async(self._store, key, start=start, end=stop)
            except BaseError as exc:
                raise FilesUnavailable(f"a file could not be read: {exc}") from exc
            yield bytes(piece)
            start = stop

    async def delete(self, key: str) -> None:
        """
        Remove a file; one that is not there is removed already.

        Raises:
            FilesUnavailable: If it may still be there.
        """
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except BaseError as exc:
            raise FilesUnavailable(f"a file could not be deleted: {exc}") from exc

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        """
        Hold a file of this machine with the same bytes, to be read only.

        Raises:
            NotFound: If there is none of this key.
        """
        await self.size(key)
        if self._folder is not None:
            yield self._folder / key
            return
        with tempfile.TemporaryDirectory(prefix="accord-") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as file:
                async for piece in self.read(key):
                    await asyncio.to_thread(file.write, piece)
            yield path


def _as_download(name: str) -> dict[str, str]:
    """Return what an object store tells browsers about a file: stored as it is, whatever it claims to be."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
    }


def _move(path: Path, to: Path) -> None:
    try:
        path.replace(to)
    except OSError:  # another file system
        beside = to.with_name(f"{to.name}.new")
        shutil.copyfile(path, beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(to)
        path.unlink()
