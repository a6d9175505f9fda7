"""Pictures of text, for tests: as a scanner or a phone makes them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.conftest import missing

LINES = ("The harbour should grow slowly,", "and ships must not wait at night.")


def need_tesseract() -> None:
    """Skip loudly without Tesseract; with CI=true fail."""
    if shutil.which("tesseract") is None:
        missing("Tesseract is not installed")


def picture(*lines: str, blur: float = 0.0) -> Image.Image:
    """Return a white sheet with lines of text."""
    made = Image.new("L", (1240, 120 + 58 * len(lines)), 255)
    pen = ImageDraw.Draw(made)
    for at, words in enumerate(lines):
        pen.text((80, 60 + 58 * at), words, fill=0, font=ImageFont.load_default(44))
    return made.filter(ImageFilter.GaussianBlur(blur)) if blur else made


def scanned_pdf(path: Path, *pages: Image.Image | str) -> Path:
    """Write a PDF whose pages are pictures, or text where they are words."""
    canvas: Any = Canvas(str(path), pagesize=(595, 842))
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            sheet = Image.new("L", (1240, 1754), 255)
            sheet.paste(page, (0, 0))
            canvas.drawImage(ImageReader(sheet), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return path


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    """Return a picture as a file."""
    made = io.BytesIO()
    image.save(made, format_, **options)
    return made.getvalue()
