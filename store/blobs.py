"""
Files as they were given: in a folder of this machine, or in an object store.

Source: obstore (the Rust object_store crate): S3, Google Cloud, Azure and memory behind one interface.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from store.errors import FilesUnavailable, NotFound

_PIECE = 1024 * 1024


class Blobs:
    """
    Keeps files by their keys, which are ids of ours.

    Args:
        folder: Where they are kept when there is no `url`; made if it is not there.
        url: ``s3://bucket/prefix``, ``gs://...``, ``az://...``, ``memory:///``; credentials come from the
            environment, as each store's own tools read them.
    """

    def __init__(self, folder: Path, url: str | None = None, **options: Any) -> None:
        self._folder = folder if url is None else None
        if url is None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store: Any = LocalStore(prefix=folder)
        else:
            self._store = from_url(url, **options)

    async def put(self, key: str, path: Path) -> None:
        """
        Keep a file; it is gone from where it was. The same key again is the same file: it is replaced.

        Raises:
            FilesUnavailable: If it could not be kept; it is still where it was.
        """
        try:
            if self._folder is not None:
                await asyncio.to_thread(_move, path, self._folder / key)
                return
            await obstore.put_async(self._store, key, path)
        except (OSError, BaseError) as exc:
            raise FilesUnavailable(f"a file could not be kept: {exc}") from exc
        await asyncio.to_thread(path.unlink)

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
