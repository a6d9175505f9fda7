"""
Zip files that other people made: DOCX, PPTX, XLSX and OpenDocument are some.

What the directory of an archive says is not believed: what comes out is counted while it comes.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ingest.errors import Damaged, Disguised, Excessive, PasswordProtected
from ingest.limits import ExtractionLimits

#: Bit 0 of a member's flags: it is encrypted (APPNOTE.TXT 4.4.4).
_ENCRYPTED = 0x1

_PIECE = 256 * 1024


class Archive:
    """An open archive whose directory has been checked. Made by `open_archive`."""

    def __init__(self, file: zipfile.ZipFile, limits: ExtractionLimits) -> None:
        self._file = file
        self._left = limits.unpacked_bytes
        self._limit = f"{limits.unpacked_bytes // 1024**2} MiB unpacked"
        self.names = frozenset(file.namelist())

    def read(self, name: str) -> bytes:
        """
        Unpack a member.

        Raises:
            Damaged: If there is none of this name, or it does not unpack.
            Excessive: If everything read so far is over the limit.
        """
        parts = []
        try:
            with self._file.open(name) as member:
                while piece := member.read(_PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise Excessive(self._limit)
                    parts.append(piece)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as exc:
            raise Damaged from exc
        except RuntimeError as exc:  # what zipfile says to an encrypted member
            raise PasswordProtected from exc
        return b"".join(parts)

    def stream(self, name: str) -> IO[bytes]:
        """Unpack a member for a parser that wants a file."""
        return io.BytesIO(self.read(name))


@contextmanager
def open_archive(path: Path, limits: ExtractionLimits) -> Iterator[Archive]:
    """
    Open an archive and check its directory.

    Raises:
        Damaged: If it is no archive, or cut off.
        Disguised: If something stands before it: it may be another kind of file as well.
        PasswordProtected: If it is encrypted.
        Excessive: If it says itself that it is over a limit.
    """
    try:
        file = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as exc:
        raise Damaged from exc
    with file:
        members = file.infolist()
        if len(members) > limits.archive_members:
            raise Excessive(f"{limits.archive_members} files in one archive")
        if members and min(one.header_offset for one in members) != 0:
            raise Disguised
        if any(one.flag_bits & _ENCRYPTED for one in members):
            raise PasswordProtected
        if sum(one.file_size for one in members) > limits.unpacked_bytes:
            raise Excessive(f"{limits.unpacked_bytes // 1024**2} MiB unpacked")
        yield Archive(file, limits)


def check(path: Path, limits: ExtractionLimits) -> None:
    """
    Unpack everything once and keep nothing: for libraries that open the archive themselves.

    Raises:
        Damaged, Disguised, PasswordProtected, Excessive: As `open_archive` and `Archive.read`; also if a part
            declares entities, which no office program writes.
    """
    with open_archive(path, limits) as archive:
        for name in archive.names:
            data = archive.read(name)
            if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in data[:4096]:
                raise Damaged
