"""
What a file is, by its content.

A strict table: what is not in it is not accepted. The name is believed only where bytes cannot tell (text, CSV,
Markdown). A file that is two kinds at once is refused: who opens it next might see the other one.

Source: the formats' own signatures; [MS-CFB] 2.2, 2.6 for the directory of old office files; APPNOTE.TXT 4.3.16.
"""

from __future__ import annotations

import codecs
import re
import struct
from enum import StrEnum
from pathlib import Path, PurePath
from typing import BinaryIO

from ingest.archive import Archive, open_archive
from ingest.errors import Damaged, Disguised, EmptyFile, NotAccepted, PasswordProtected
from ingest.limits import ExtractionLimits


class Kind(StrEnum):
    """Kinds of documents that are accepted."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    ODT = "odt"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    CSV = "csv"
    # What Tesseract reads.
    PNG = "png"
    JPEG = "jpeg"
    # What LibreOffice turns into one of the above.
    DOC = "doc"
    PPT = "ppt"
    XLS = "xls"
    ODP = "odp"
    ODS = "ods"
    RTF = "rtf"


_CFB = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"
_ZIP_END = b"PK\x05\x06"
_PDF = b"%PDF-"
_HEAD = 64 * 1024

_PICTURES = ((b"\x89PNG\r\n\x1a\n", Kind.PNG), (b"\xff\xd8\xff", Kind.JPEG))

#: What people upload by mistake, by how it begins.
_KNOWN = (
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"BM", "a picture (BMP)"),
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program for Linux"),
    (b"#!", "a script"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"SQLite format 3\x00", "a database"),
    (b"ID3", "a recording (MP3)"),
    (b"OggS", "a recording (Ogg)"),
    (b"RIFF", "a recording or film"),
    (b"\x1aE\xdf\xa3", "a recording or film (WebM)"),
    (b"%!PS", "a PostScript file"),
)

#: Main part's content type in [Content_Types].xml -> kind; templates and files with macros are read as documents.
_OOXML = (
    (re.compile(rb"(wordprocessingml|ms-word)\.(document|template)[\w.]*\.main\+xml"), Kind.DOCX),
    (
        re.compile(
            rb"(presentationml|ms-powerpoint)\.(presentation|slideshow|template)[\w.]*\.main\+xml"
        ),
        Kind.PPTX,
    ),
    (re.compile(rb"(spreadsheetml|ms-excel)\.(sheet|template)[\w.]*\.main\+xml"), Kind.XLSX),
)

_ODF = {
    b"application/vnd.oasis.opendocument.text": Kind.ODT,
    b"application/vnd.oasis.opendocument.text-template": Kind.ODT,
    b"application/vnd.oasis.opendocument.presentation": Kind.ODP,
    b"application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
}

_STREAMS = {
    "WordDocument": Kind.DOC,
    "PowerPoint Document": Kind.PPT,
    "Workbook": Kind.XLS,
    "Book": Kind.XLS,
}

_TEXT_NAMES = {
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".htm": Kind.HTML,
    ".html": Kind.HTML,
    ".xhtml": Kind.HTML,
}

_HTML = re.compile(r"\s*(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype html|html)[\s>]", re.I | re.S)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(path: Path, name: str, limits: ExtractionLimits) -> Kind:
    """
    Return what a file is.

    Args:
        name: What its owner calls it.

    Raises:
        EmptyFile, NotAccepted, Disguised, PasswordProtected, Damaged, Excessive: If it is nothing for us.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        size = file.seek(0, 2)
        file.seek(max(size - _HEAD, 0))
        tail = file.read()
    if not head:
        raise EmptyFile
    if head.startswith(_ZIP):
        return _of_archive(path, limits)
    if _ends_as_archive(tail):
        raise Disguised
    if head.startswith(_CFB):
        return _of_compound(path)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(_PDF):
        return Kind.PDF
    if _PDF in head[:1024]:
        raise Disguised
    if text.startswith(b"{\\rtf"):
        return Kind.RTF
    if b"ftyp" in head[4:8]:
        raise NotAccepted(_refusal("a recording, film or picture (MP4, HEIC)"))
    for start, kind in _PICTURES:
        if head.startswith(start):
            return kind
    for start, words in _KNOWN:
        if head.startswith(start):
            raise NotAccepted(_refusal(words))
    return _of_text(head, complete=size <= _HEAD, name=name)


def decoded(data: bytes, *, complete: bool) -> str:
    """
    Return bytes as text: by their mark, as UTF-8, or by what they look like.

    Args:
        complete: Whether the end is the file's end, or may fall into a character.

    Raises:
        NotAccepted: If they are no text.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decode(data, encoding, complete)
    if b"\x00" in data:
        raise NotAccepted
    try:
        return _decode(data, "utf-8", complete)
    except NotAccepted:
        return _guess(data)


def _decode(data: bytes, encoding: str, complete: bool) -> str:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, complete)
    except UnicodeDecodeError as exc:
        raise NotAccepted from exc


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data).best()
    if found is None:
        raise NotAccepted
    return str(found)


def _of_text(head: bytes, *, complete: bool, name: str) -> Kind:
    text = decoded(head, complete=complete)
    controls = len(_CONTROLS.findall(text))
    if controls > len(text) // 1000:
        raise NotAccepted
    if _HTML.match(text):
        return Kind.HTML
    if text.lstrip().startswith("<?xml"):
        raise NotAccepted(_refusal("an XML file"))
    kind = _TEXT_NAMES.get(PurePath(name).suffix.lower(), Kind.TEXT)
    return Kind.TEXT if kind is Kind.HTML and "<" not in text else kind


def _of_archive(path: Path, limits: ExtractionLimits) -> Kind:
    with open_archive(path, limits) as archive:
        if "[Content_Types].xml" in archive.names:
            types = archive.read("[Content_Types].xml")
            for pattern, kind in _OOXML:
                if pattern.search(types):
                    return kind
        if "mimetype" in archive.names:
            return _of_opendocument(archive)
    raise NotAccepted(_refusal("an archive (ZIP)"))


def _of_opendocument(archive: Archive) -> Kind:
    kind = _ODF.get(archive.read("mimetype").strip())
    if kind is None:
        raise NotAccepted
    manifest = "META-INF/manifest.xml"
    if manifest in archive.names and b"encryption-data" in archive.read(manifest):
        raise PasswordProtected
    return kind


def _ends_as_archive(tail: bytes) -> bool:
    """Whether the last bytes are the end of a zip directory: it would open as an archive too."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < 22:
        return False
    (comment,) = struct.unpack_from("<H", tail, at + 20)
    return bool(at + 22 + comment == len(tail))


def _of_compound(path: Path) -> Kind:
    names = _stream_names(path)
    if "EncryptedPackage" in names:
        raise PasswordProtected
    for name, kind in _STREAMS.items():
        if name in names:
            return kind
    raise NotAccepted


def _stream_names(path: Path) -> set[str]:
    """Return the names in the directory of a compound file."""
    with path.open("rb") as file:
        header = file.read(512)
        if len(header) < 512:
            raise Damaged
        shift, first = struct.unpack_from("<H", header, 30)[0], struct.unpack_from("<I", header, 48)
        if shift not in (9, 12):
            raise Damaged
        size = 1 << shift
        tables = struct.unpack_from("<109I", header, 76)
        names: set[str] = set()
        sector = first[0]
        for _ in range(256):  # a directory of 1,000 entries and more, and an end to circles
            data = _sector(file, sector, size)
            names |= {_entry_name(data, at) for at in range(0, size, 128)}
            table, at = divmod(sector, size // 4)
            if table >= len(tables):
                break
            (sector,) = struct.unpack_from("<I", _sector(file, tables[table], size), at * 4)
            if sector >= 0xFFFFFFFA:
                break
        return names


def _sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    data: bytes = file.read(size)
    if len(data) < size:
        raise Damaged
    return data


def _entry_name(data: bytes, at: int) -> str:
    (length,) = struct.unpack_from("<H", data, at + 64)
    return data[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")


def _refusal(what: str) -> str:
    return f"This is {what}. {NotAccepted.message.removeprefix('This is not a kind of file that can be read here. ')}"
