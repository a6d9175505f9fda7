"""Files that people in the browser tests have with them, and how they drop them."""

from __future__ import annotations

import base64
import io
from typing import Any

from playwright.sync_api import FilePayload, Page
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

#: Page 7 of the report says this and no other page does.
FACT = "The level at Vilvoorde must never fall below forty centimetres, not even in August."

_CHAPTERS = (
    "The river", "Its springs", "Rain", "Drinking water", "Farms", "Pipes", "Fish", "Mills", "Laws",
    "Costs", "Sources", "Thanks",
)  # fmt: skip


def report(password: str | None = None) -> bytes:
    """Return a PDF of some pages with headings, running footers and one fact."""
    made = io.BytesIO()
    encrypt = StandardEncryption(password) if password else None
    canvas = Canvas(made, pagesize=A4, encrypt=encrypt)
    for number, title in enumerate(_CHAPTERS, 1):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 780, title)
        canvas.setFont("Helvetica", 11)
        for line in range(20):
            canvas.drawString(
                72, 740 - 16 * line, f"Reading {line} of month {number} was taken at noon."
            )
        if number == 7:
            canvas.drawString(72, 380, FACT)
        canvas.drawString(260, 40, f"Water report, page {number}")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def paper(name: str, data: bytes, kind: str = "") -> FilePayload:
    """Return a file to pick."""
    return {"name": name, "mimeType": kind, "buffer": data}


def drop(page: Page, selector: str, *files: tuple[str, bytes]) -> None:
    """Drop files on something, as a mouse does it."""
    given: list[dict[str, Any]] = [
        {"name": name, "data": base64.b64encode(data).decode()} for name, data in files
    ]
    transfer = page.evaluate_handle(
        """(files) => {
          const transfer = new DataTransfer()
          for (const {name, data} of files)
            transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name))
          return transfer
        }""",
        given,
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(selector, event, {"dataTransfer": transfer})
