"""Golden files: what came out once and was read by a person. ``--update-golden`` rewrites them; read the diff."""

from __future__ import annotations

from pathlib import Path

from ingest.blocks import Extraction, anchor_json


class Golden:
    """Compares with golden files, or writes them."""

    def __init__(self, *, update: bool) -> None:
        self._update = update

    def check(self, path: Path, text: str) -> None:
        """Fail if a text is not what the file holds."""
        if self._update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: write it with --update-golden, and read it"
        assert text == path.read_text(encoding="utf-8")


def written(found: Extraction) -> str:
    """Return an extraction as people read it: a line for each block and note."""
    lines = [f"{found.kind}, {found.units} units"]
    for one in found.blocks:
        text = found.text[one.start : one.end].replace("\n", " / ").replace("\t", " -> ")
        place = anchor_json(one.anchor)
        kind = place.pop("kind")
        shown = " ".join(f"{value}" for value in place.values() if value not in (None, ""))
        level = f" {one.level}" if one.level else ""
        lines.append(f"{one.kind.value}{level} | {kind} {shown} | {text}")
    lines += [f"note {one.what} x {one.count}: {list(one.where)}" for one in found.notes]
    return "\n".join(lines) + "\n"
