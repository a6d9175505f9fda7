"""
Errors of the way from a file to its passages.

* IngestError
    * UploadRefused            the upload itself is not taken; `status` is the HTTP status that says so
    * Unusable                 the file's fault: the same file will fail again
        * EmptyFile            it has no bytes
        * NotAccepted          it is of a kind we do not read
        * Disguised            it is two kinds at once, or begins with something else
        * PasswordProtected    it is encrypted
        * Damaged              it is cut off, or not what it says it is
        * Excessive            it goes over a limit; `limit` names it
        * NeedsOffice          an old office format, and this server has no LibreOffice
        * NeedsOcr             a picture, and this server has no Tesseract
        * NoText               there is nothing to read in it
    * ExtractionFailed         our fault or the machine's: trying again may help
    * EmbeddingFailed          the embedding model gave nothing usable; `again` says whether it may later
    * DownloadFailed           a model is not here; `again` says whether the same download may go on later

`reason` is a word a program can switch on; the text is for the people who gave the file and says what to do.
"""

from __future__ import annotations

import errno

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class IngestError(Exception):
    """Base of every error raised by `ingest`."""

    reason = "failed"


class UploadRefused(IngestError):
    """An upload is not taken, or not like this."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Unusable(IngestError):
    """Nothing can be read from this file."""

    reason = "unusable"
    message = "This file cannot be read."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.message)


class EmptyFile(Unusable):
    """A file of no bytes."""

    reason = "empty"
    message = "This file is empty. Check that it was saved, and upload it again."


class NotAccepted(Unusable):
    """Not a document we know."""

    reason = "not-accepted"
    message = (
        "This is not a kind of file that can be read here. "
        "PDF, Word, PowerPoint, Excel, OpenDocument, HTML, Markdown, text, CSV and photographs (PNG, JPEG) can."
    )


class Disguised(Unusable):
    """It is, or begins as, something else than it says."""

    reason = "disguised"
    message = (
        "This file is two kinds of file in one, so it is not opened. "
        "Save the document anew in its own program and upload that."
    )


class PasswordProtected(Unusable):
    """Encrypted."""

    reason = "password"
    message = "This file is protected by a password. Save it without one and upload it again."


class Damaged(Unusable):
    """Cut off or broken."""

    reason = "damaged"
    message = (
        "This file is damaged or was cut off. Open it in its own program, save it anew and upload that; "
        "if it does not open there either, ask for another copy."
    )


class Excessive(Unusable):
    """Over a limit, by its own doing: what unpacks to far more than it is, or never ends."""

    reason = "excessive"

    def __init__(self, limit: str) -> None:
        super().__init__(
            f"This file needs more than is allowed here ({limit}), so it was not read. "
            "Split it, or save it without what makes it large."
        )
        self.limit = limit


class NeedsOffice(Unusable):
    """An old format that only an office program reads."""

    reason = "needs-office"
    message = (
        "This is an old office format, which this server cannot open. Save it as .docx, .pptx, .xlsx or PDF "
        "and upload that (or ask whoever runs this server to install LibreOffice)."
    )


class NeedsOcr(Unusable):
    """A picture, in which only OCR reads."""

    reason = "needs-ocr"
    message = (
        "This is a picture, and this server cannot read text in pictures. Upload the document itself, or write "
        "what it says (or ask whoever runs this server to install Tesseract)."
    )


class NoText(Unusable):
    """Nothing to read."""

    reason = "no-text"
    message = "There is no text in this file."


class ExtractionFailed(IngestError):
    """The process that reads files could not be run or ended in a way that says nothing about the file."""

    reason = "extraction-failed"


class EmbeddingFailed(IngestError):
    """
    No vectors.

    Attributes:
        again: Whether the same question a little later may be answered.
        retry_after: Seconds the provider asks us to wait.
    """

    reason = "embedding-failed"

    def __init__(
        self, message: str, *, again: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.again = again
        self.retry_after = retry_after


class DownloadFailed(IngestError):
    """
    A model could not be downloaded, or not to its end.

    Attributes:
        again: Whether the same may succeed later; what has arrived is kept for it.
    """

    reason = "download-failed"

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


_BY_REASON = {
    kind.reason: kind
    for kind in (
        EmptyFile,
        NotAccepted,
        Disguised,
        PasswordProtected,
        Damaged,
        NeedsOffice,
        NeedsOcr,
        NoText,
    )
}


def unusable(reason: str, text: str) -> Unusable:
    """Return the error that another process described by its reason; Excessive by its limit."""
    if reason == Excessive.reason:
        return Excessive(text)
    return _BY_REASON.get(reason, Unusable)(text)


def disk_full() -> UploadRefused:
    """Return what is said of a disk with no space."""
    return UploadRefused(
        507, "disk-full", "The server's disk is full; what has arrived is kept. Try again later."
    )


def disk_error(error: OSError) -> UploadRefused:
    """Return what is said of bytes that could not be stored."""
    if error.errno in _FULL:
        return disk_full()
    return UploadRefused(503, "not-stored", "The server could not store this. Try again later.")
