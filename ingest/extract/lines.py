"""What a PDF engine, or who reads a picture of paper, finds on a page: lines and where they are."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Left, top, right, bottom in points from the page's top left.
Box = tuple[float, float, float, float]

#: Pages with fewer letters than this and a picture over half of them are scans.
SCAN_CHARS = 20
SCAN_COVER = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """
    A piece of text on one baseline.

    Attributes:
        box: Left, top, right, bottom in points from the page's top left.
        size: Of its letters, in points.
        block: Lines with the same number belong together.
    """

    text: str
    box: Box
    size: float
    block: int


@dataclass(slots=True)
class PageLines:
    """
    One page as an engine gives it.

    Attributes:
        height: Of the page, in points.
        hidden: Characters nobody can see, which were left out.
        picture_cover: The share of the page that its largest picture covers.
        ocr_confidence: Of 100, where the lines were read in a picture of the page; else None.
    """

    number: int
    height: float
    lines: list[Line] = field(default_factory=list)
    hidden: int = 0
    picture_cover: float = 0.0
    ocr_confidence: float | None = None

    @property
    def is_scan(self) -> bool:
        """Whether it is a picture of a page."""
        chars = sum(len(one.text) for one in self.lines)
        return self.picture_cover >= SCAN_COVER and chars < SCAN_CHARS


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark. `level` counts from one."""

    level: int
    title: str
    page: int
