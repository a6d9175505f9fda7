"""
Prompts as versioned files: ``<name>/<version>.md``, rendered with plain placeholders, identified by their hash.

Participants' words never pass through the template: they go beside it, as JSON.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt file. `ident`: ``name@version#first twelve digits of its SHA-256``."""

    ident: str
    text: str

    def render(self, **values: int | str) -> str:
        """
        Return the text with ``{name}`` replaced by each value given; other braces stay.

        Raises:
            KeyError: If the template has no such placeholder.
        """
        text = self.text
        for name, value in values.items():
            placeholder = "{" + name + "}"
            if placeholder not in text:
                raise KeyError(name)
            text = text.replace(placeholder, str(value))
        return text


def load(name: str, version: int) -> Template:
    """
    Read a prompt.

    Raises:
        FileNotFoundError: If there is no such version.
    """
    text = (_HERE / name / f"{version}.md").read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Template(f"{name}@{version}#{digest}", text)
