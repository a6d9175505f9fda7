"""
The API for people: `/api/docs`, one page made on the server from the OpenAPI description.

No script and nothing from another host: the usual viewers are megabytes from a CDN, which a closed network
does not reach and the page's security policy does not allow.
"""

from __future__ import annotations

from html import escape
from typing import Any

_METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def render(openapi: dict[str, Any]) -> str:
    """Return the page."""
    sections: dict[str, list[str]] = {}
    for path, operations in openapi["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                tag = (operation.get("tags") or ["other"])[0]
                sections.setdefault(tag, []).append(_operation(openapi, method, path, operation))
    body = "".join(
        f'<section aria-labelledby="{escape(tag)}"><h2 id="{escape(tag)}">{escape(tag.title())}</h2>'
        f"{''.join(found)}</section>"
        for tag, found in sections.items()
    )
    title = escape(f"{openapi['info']['title']} API {openapi['info']['version']}")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/api/docs.css"></head>'
        f"<body><main><h1>{title}</h1><p>As a file: "
        '<a href="/api/openapi.json">openapi.json</a>. Errors are problem+json (RFC 9457).</p>'
        f"{body}</main></body></html>"
    )


STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0;background:light-dark(#fbfaf7,#17181a);color:light-dark(#1d1f21,#e8e6e1)}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem}
a{color:light-dark(#0b5cad,#8ec2ff)}
h2{margin-top:2.5rem;border-bottom:1px solid light-dark(#d9d5cc,#3a3c40)}
article{margin:1.5rem 0}h3{font-size:1rem;margin:0}
code{font:.9rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse;margin:.5rem 0 0 1rem;font-size:.9rem}
td,th{text-align:start;padding:.15rem .9rem .15rem 0;vertical-align:top}
p{margin:.25rem 0}
"""


def _operation(openapi: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    about = escape(operation.get("description") or operation.get("summary") or "")
    rows = [
        _row(f"{one['name']} ({one['in']})", one.get("schema", {}), one.get("required", False))
        for one in operation.get("parameters", [])
        if one["in"] != "path"
    ]
    rows += _body_rows(openapi, operation)
    table = (
        f"<table><tr><th>Field</th><th>Type</th><th>Needed</th></tr>{''.join(rows)}</table>"
        if rows
        else ""
    )
    answers = ", ".join(code for code in operation.get("responses", {}) if code != "422")
    return (
        f'<article><h3><code><span class="method">{method.upper()}</span> {escape(path)}</code></h3>'
        f"<p>{about}</p>{table}<p>Answers {escape(answers)}.</p></article>"
    )


def _body_rows(openapi: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    resolved = _resolve(openapi, schema)
    needed = resolved.get("required", [])
    return [
        _row(name, _resolve(openapi, field), name in needed)
        for name, field in resolved.get("properties", {}).items()
    ]


def _row(name: str, schema: dict[str, Any], needed: bool) -> str:
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(schema))}</td>"
        f"<td>{'yes' if needed else 'no'}</td></tr>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minLength", "at least"),
            ("maxLength", "at most"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if key in schema
    ]
    return " ".join([str(schema.get("type", "any")), *limits])


def _resolve(openapi: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            found: dict[str, Any] = openapi["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]]
            return found
    return schema
