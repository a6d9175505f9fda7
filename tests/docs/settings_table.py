"""What `docs/settings.md` has to say of each setting, read from `web/settings.py`."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from web.settings import PREFIX, Settings

#: Units by the end of the name.
UNITS = {"_bytes": "bytes", "_seconds": "seconds", "_days": "days", "_ms": "milliseconds"}

_WORDS: dict[Any, str] = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true or false",
    Path: "folder",
    SecretStr: "secret",
}


def rows() -> dict[str, str]:
    """Return the table row of every setting, by its variable."""
    return {
        variable(
            name
        ): f"| `{variable(name)}` | {kind(name, field)} | {default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    }


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def kind(name: str, field: FieldInfo) -> str:
    """Return a setting's type, unit and bounds, as people say it."""
    found = _type(name, field.annotation)
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
    bounds = {
        sign: getattr(one, sign)
        for one in field.metadata
        for sign in ("ge", "gt", "le")
        if hasattr(one, sign)
    }
    low = f", from {bounds['ge']}" if "ge" in bounds else ""
    low = f", above {bounds['gt']}" if "gt" in bounds else low
    high = f" to {bounds['le']}" if "le" in bounds else ""
    return f"{found}{f', {unit}' if unit else ''}{low}{high}"


def default(field: FieldInfo) -> str:
    """Return a setting's default."""
    if field.default is None:
        return "unset"
    if field.default == ():
        return "`[]`"
    value = field.default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and value > 1024 and value % 1024 == 0:
        size = f"{value // 1024**2} MiB" if value % 1024**2 == 0 else f"{value // 1024} KiB"
        return f"`{value}` ({size})"
    return f"`{value}`"


def _type(name: str, annotation: Any) -> str:
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not type(None))
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "JSON list of origins"
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return "origin" if name == "public_url" else _WORDS[annotation]
