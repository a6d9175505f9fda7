"""`accord room demo`: a room and a token for trying out a Yjs client, in five lines that work as they are."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from typing import Any

from web.datafolder import TOKEN_FILE
from web.settings import Settings


def demo(settings: Settings, *, minutes: int) -> int:
    """Make it on the running server."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    token = _token(settings)
    if token is None:
        print(
            "accord: no facilitator token: set ACCORD_FACILITATOR_TOKEN, or give the --data "
            "folder of the running server",
            file=sys.stderr,
        )
        return 2
    try:
        session = _post(
            f"{base}/api/sessions",
            token,
            {"title": "Demo room", "question": "Does my client work here?", "type": "other"},
        )
        made = _post(
            f"{base}/api/sessions/{session['id']}/room-tokens",
            token,
            {"role": "participant", "expires_in": minutes * 60, "subject": "demo client"},
        )
    except (urllib.error.URLError, OSError) as exc:
        print(f"accord: no Accord answers at {base} ({exc}); start it first", file=sys.stderr)
        return 1
    print(snippet(made["url"], made["room"], made["token"]))
    print(f"// {base}/s/{session['id']} shows the same document to its facilitator")
    print(f"// the token ends in {minutes} minutes")
    return 0


def snippet(url: str, room: str, token: str) -> str:
    """Return five lines of JavaScript for y-websocket 2 and 3 in Node (`npm i yjs y-websocket ws`)."""
    return f"""\
import * as Y from 'yjs'; import {{ WebsocketProvider }} from 'y-websocket'; import WebSocketPolyfill from 'ws'
const doc = new Y.Doc(), params = {{ token: '{token}' }}
const provider = new WebsocketProvider('{url}', '{room}', doc, {{ params, WebSocketPolyfill }})
provider.on('sync', () => doc.getText('consensus-statement').insert(0, 'Hello from my client. '))
doc.on('update', () => console.log(doc.getText('consensus-statement').toString()))"""


def _token(settings: Settings) -> str | None:
    if settings.facilitator_token is not None:
        return settings.facilitator_token.get_secret_value()
    path = settings.data / TOKEN_FILE
    return path.read_text().strip() if path.exists() else None


def _post(url: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        url,
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
