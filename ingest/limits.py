"""What reading one file may cost. A file that wants more is refused with the name of the limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """
    Attributes:
        memory_bytes: Address space of the process that reads a file.
        cpu_seconds, wall_seconds: Its time.
        output_bytes: The largest file it may write.
        max_chars: Length of the text.
        unpacked_bytes: What an archive may unpack to, in all.
        archive_members: How many files it may hold.
        pdf_engine: ``pymupdf`` or ``pypdfium2``.
        ocr_languages: What Tesseract reads pictures in, ``eng+deu``; ``none`` for never.
        ocr_seconds: How long that may take for one file, beside the rest.
    """

    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    output_bytes: int = 512 * 1024**2
    max_chars: int = 50_000_000
    unpacked_bytes: int = 1024**3
    archive_members: int = 20_000
    pdf_engine: str = "pymupdf"
    ocr_languages: str = "eng"
    ocr_seconds: float = 120.0
