"""
Every setting, read from the environment in this module only.

`ACCORD_PUBLIC_URL=... accord serve`: a variable that begins with `ACCORD_` and is not a setting stops the start,
so that a misspelt limit is never silently the default. An empty one counts as unset, as compose files write it.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as Unreadable

from ai.limits import AnswerLimits
from collab.accepted import DocumentLimits
from ingest.limits import ExtractionLimits
from ingest.uploads import UploadLimits
from rooms.allowance import Rate
from rooms.options import RoomOptions

PREFIX = "ACCORD_"

#: Variables of the test suite live beside the product's.
_NOT_OURS = ("ACCORD_TEST_",)

#: Known under the name its maker gave it, and no other.
_KEY = "ANTHROPIC_API_KEY"

_TOKEN = re.compile(r"[!-~]{16,200}")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """A setting is unknown or has no usable value; the text says which, and what would do."""


def _origin(value: str) -> str:
    """
    Return a URL as browsers write it in ``Origin``: small letters, ASCII, no default port.

    Raises:
        ValueError: If it is none, or has more than scheme, host and port.
    """
    try:
        parts = urlsplit(value.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:  # UnicodeError of idna is one
        host = ""
    more = not host or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if more or parts.scheme not in ("http", "https"):
        raise ValueError("must look like https://accord.example.org, without a path")
    shown = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, standard) else "")


def _addresses(value: str) -> str:
    """
    Check a list of addresses and networks.

    Raises:
        ValueError: If one of them is neither.
    """
    for one in value.split(","):
        if one.strip() != "*":
            try:
                ipaddress.ip_network(one.strip(), strict=False)
            except ValueError:
                raise ValueError(
                    f"{one.strip()!r} is no address or network like 10.0.0.1 or 10.0.0.0/8"
                ) from None
    return value


def _token(value: SecretStr) -> SecretStr:
    """
    Check a token that people paste and scripts send in a header.

    Raises:
        ValueError: If it is too short to be a secret, or does not fit there.
    """
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("must be 16 to 200 letters, digits and signs without spaces")
    return value


def _sender(value: str) -> str:
    """
    Check a mail sender.

    Raises:
        ValueError: If no mail could be sent from it.
    """
    name, address = parseaddr(value)
    try:
        Address(name, addr_spec=address)
    except Exception:  # the library's parser leaks IndexError and others
        address = ""
    if "@" not in address:
        raise ValueError("must look like Accord <accord@example.org>")
    return value


def _hub(value: str) -> str:
    """
    Check where models are downloaded from.

    Raises:
        ValueError: If what comes from there could be changed on the way, or it is no address.
    """
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname
    except ValueError:
        host = None
    near = parts.scheme == "http" and host in LOOPBACK if host else False
    if not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must look like https://hub.example.org")
    if parts.scheme != "https" and not near:
        raise ValueError("must begin with https://, or be on this machine")
    return value.strip().rstrip("/")


Origin = Annotated[str, AfterValidator(_origin)]


class Settings(BaseSettings):
    """All settings. The description of each is its documentation (`docs/settings.md`)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        allow_inf_nan=False,
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(Path("accord-data"), description="Folder for everything that is kept.")
    public_url: Origin | None = Field(
        None,
        description="What people type to get here, `https://accord.example.org`. It goes into links and decides "
        "which origin may call, and whether cookies are `Secure`. Unset: whatever the request says.",
    )
    allowed_origins: tuple[Origin, ...] = Field(
        (),
        description="Other web origins whose pages may open rooms with a room token, as a JSON list.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_addresses)] = Field(
        "127.0.0.1,::1",
        description="Addresses or networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are "
        "believed, comma separated; `*` believes everybody.",
    )
    facilitator_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None,
        description="Signs the first facilitator in. Unset: one is made at the first start, printed at every "
        "start, and kept in the data folder.",
    )
    facilitator_name: str = Field("Facilitator", description="The first facilitator's name.")
    invitation_days: int = Field(30, ge=1, description="Days an invitation link is good for.")
    login_days: int = Field(30, ge=1, description="Days a browser stays signed in.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="`debug`, `info`, `warning` or `error`."
    )

    metrics_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        None,
        description="Lets a Prometheus on another machine read `/metrics`, as a bearer token. Unset: only this "
        "machine may.",
    )

    smtp_host: str | None = Field(None, description="Mail server. Unset: links are copied by hand.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_user: str | None = Field(None, description="Whom to log in as.")
    smtp_password: SecretStr | None = Field(None, description="Its password.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="`starttls`, `tls` or `none`. The first two insist on a certificate this machine trusts.",
    )
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        "Accord <accord@localhost>", description="Sender of invitations."
    )

    anthropic_api_key: SecretStr | None = Field(
        None,
        validation_alias=_KEY,
        description="With it the bot drafts with Claude; without it, it quotes (extractive mode).",
    )
    model_draft: str = Field("claude-sonnet-5-5", description="The model that drafts.")
    model_base_url: str | None = Field(
        None, description="Another server that speaks the Messages API. Unset: Anthropic's."
    )
    model_timeout_seconds: float = Field(
        180.0, gt=0, description="A whole answer of a model takes at most this long."
    )
    model_max_tokens: int = Field(8000, ge=256, description="Tokens of one answer at most.")
    model_parallel_calls: int = Field(
        6, ge=1, description="Calls of models that are made at the same time."
    )
    model_session_tokens: int = Field(
        2_000_000,
        ge=0,
        description="Tokens, in and out, that runs and rounds of one session may use.",
    )
    model_day_tokens: int = Field(
        10_000_000,
        ge=0,
        description="Tokens that runs and rounds of all sessions may use in 24 hours.",
    )
    interview_questions: int = Field(
        3, ge=1, le=10, description="Questions of one interview at most, besides the first."
    )
    interview_seconds: float = Field(
        20.0,
        gt=0,
        description="Somebody in an interview waits so long for the model; then fixed questions go on.",
    )
    refine_debounce_seconds: float = Field(
        20.0, ge=0, description="A critique sets the bot off after this much silence."
    )
    refine_max_wait_seconds: float = Field(
        120.0, ge=0, description="And after this much time even without silence."
    )

    files_url: str | None = Field(
        None,
        description="Object store for files people give, `s3://bucket/prefix`, `gs://` or `az://`; credentials as "
        "its own tools read them (docs/deploy.md). Unset: a folder in the data folder.",
    )
    max_file_bytes: int = Field(2 * 1024**3, ge=1024, description="One file.")
    session_files_bytes: int = Field(
        20 * 1024**3, ge=1024, description="All files of one session together."
    )
    min_free_bytes: int = Field(
        256 * 1024**2, ge=0, description="What uploads must leave free on the disk."
    )
    upload_hours: float = Field(
        24.0, gt=0, description="Hours an upload that nobody goes on with is kept."
    )
    upload_idle_seconds: float = Field(
        60.0,
        gt=0,
        description="An upload that sends nothing for this long is cut; what came stays.",
    )
    pdf_engine: Literal["pymupdf", "pypdfium2"] = Field(
        "pymupdf",
        description="What reads PDF: `pymupdf` (AGPL; finds hidden text) or `pypdfium2` (Apache).",
    )
    extract_memory_bytes: int = Field(
        2 * 1024**3, ge=256 * 1024**2, description="Memory of the process that reads one file."
    )
    extract_seconds: int = Field(
        120, ge=1, description="Its processor time; on the clock it may take half as much again."
    )
    extract_at_once: int = Field(2, ge=1, description="Files that are read at the same time.")
    ocr_languages: Annotated[str, Field(pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$")] = Field(
        "eng",
        description="What Tesseract reads scanned pages and photographs in, if it is installed: `eng+deu+fra`; "
        "`none` for never.",
    )
    ocr_seconds: float = Field(
        120.0, ge=0, description="How long it may take for one file; pages that are left are told."
    )
    chunk_tokens: int = Field(
        512, ge=32, description="Tokens of one passage at most, with the headings it is under."
    )
    embeddings: Literal["none", "local", "voyage", "openai"] = Field(
        "none",
        description="The model that finds passages by meaning: `none` (by words only), `local` (a folder), "
        "`voyage`, or `openai` for any server that speaks its API. The last two send all text to that server.",
    )
    embedding_folder: Path | None = Field(
        None,
        description="Folder of a local model of your own: `model.onnx` and `tokenizer.json`. Unset: one that "
        "`accord models` has downloaded.",
    )
    embedding_model: str | None = Field(
        None,
        description="What the provider calls its model; of downloaded ones the name, if there are several.",
    )
    embedding_hub: Annotated[str, AfterValidator(_hub)] = Field(
        "https://huggingface.co",
        description="Where `accord models` downloads from; HTTPS, or this machine.",
    )
    embedding_url: str | None = Field(
        None, description="Where the provider's API begins, `http://127.0.0.1:11434/v1`."
    )
    embedding_api_key: SecretStr | None = Field(None, description="The provider's key.")

    max_frame_bytes: int = Field(1024 * 1024, ge=1024, description="One message of a client.")
    max_update_bytes: int = Field(256 * 1024, ge=1024, description="What one update may add.")
    max_document_bytes: int = Field(10 * 1024 * 1024, ge=4096, description="One document.")
    max_body_bytes: int = Field(1024 * 1024, ge=1024, description="The body of one API request.")
    max_room_connections: int = Field(1000, ge=1, description="Connections of one room.")
    max_person_connections: int = Field(
        16, ge=1, description="Connections of one person to one room: tabs and devices."
    )
    messages_per_second: float = Field(
        200.0, gt=0, description="Messages of one connection; beyond it they wait."
    )
    messages_burst: int = Field(
        2000, ge=1, description="Messages one connection may send at once before that."
    )
    bytes_per_second: float = Field(
        512 * 1024, gt=0, description="Bytes of one connection; beyond it they wait."
    )
    bytes_burst: int = Field(
        4 * 1024 * 1024, ge=1024, description="Bytes one connection may send at once before that."
    )
    work_per_second: float = Field(
        0.25,
        gt=0,
        description="Processor seconds a second that one person's messages to one room may take; beyond it they wait.",
    )
    work_burst_seconds: float = Field(
        0.5, gt=0, description="Processor seconds they may take at once before that."
    )
    handshakes_per_second: float = Field(
        20.0, gt=0, description="New room connections from one address; beyond it: 429, try later."
    )
    handshakes_burst: int = Field(
        200, ge=1, description="New room connections one address may open at once before that."
    )
    max_awareness_bytes: int = Field(4096, ge=64, description="The presence state of one client.")
    max_awareness_clients: int = Field(4, ge=1, description="Presence states of one connection.")
    max_outbox_bytes: int = Field(
        2 * 1024 * 1024,
        ge=65536,
        description="Unread bytes of one connection before it falls behind.",
    )
    slow_seconds: float = Field(
        30.0, gt=0, description="A connection may stay behind this long; then it is closed."
    )
    room_idle_seconds: float = Field(
        60.0, ge=0, description="A room nobody is in stays in memory this long."
    )
    compact_after_updates: int = Field(
        500, ge=1, description="Updates since the last snapshot that call for a new one."
    )
    history_days: float = Field(
        7.0,
        ge=0,
        description="Days updates, and every version of the statement, are kept after a snapshot holds them; "
        "then one version of each day.",
    )
    stall_seconds: float = Field(
        30.0,
        ge=1,
        description="A server that does nothing for so long ends itself, to be started again.",
    )
    commit_gap_factor: float = Field(
        32.0,
        ge=0,
        description="Under load commits begin this many times as far apart as one takes.",
    )
    max_commit_gap_ms: float = Field(12.0, ge=0, description="And never further, in milliseconds.")

    @property
    def local_only(self) -> bool:
        """Whether nobody on another machine can get here."""
        if self.public_url is not None:
            return urlsplit(self.public_url).hostname in LOOPBACK
        return self.host in LOOPBACK

    @property
    def secure(self) -> bool:
        """Whether people come over HTTPS."""
        return self.public_url is not None and self.public_url.startswith("https:")

    @property
    def mode(self) -> str:
        """How the bot works: ``claude`` or ``extractive``."""
        return "claude" if self.anthropic_api_key is not None else "extractive"

    @property
    def provider(self) -> str | None:
        """Whom people's words go to when the bot asks a model; None without a key."""
        if self.anthropic_api_key is None:
            return None
        return urlsplit(self.model_base_url).hostname if self.model_base_url else "Anthropic"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data / "accord.db"

    @property
    def audit_key_path(self) -> Path:
        """The private key that signs audit bundles."""
        return self.data / "audit.key"

    @property
    def jobs_path(self) -> Path:
        """The file of background work."""
        return self.data / "jobs.db"

    @property
    def journal_path(self) -> Path:
        """The file that says what the engine is at work on."""
        return self.data / "at-work"

    @property
    def spool_path(self) -> Path:
        """The folder of files that are still arriving."""
        return self.data / "uploads"

    @property
    def files_path(self) -> Path:
        """The folder of files people gave, unless they are elsewhere."""
        return self.data / "files"

    @property
    def models_path(self) -> Path:
        """The folder of models that were downloaded."""
        return self.data / "models"

    @property
    def links_key_path(self) -> Path:
        """The key that signs addresses of files in that folder."""
        return self.data / "links.key"

    @property
    def login_lifetime(self) -> timedelta:
        """How long a browser stays signed in."""
        return timedelta(days=self.login_days)

    @property
    def invitation_lifetime(self) -> timedelta:
        """How long an invitation is good for."""
        return timedelta(days=self.invitation_days)

    def answer_limits(self) -> AnswerLimits:
        """Return how much models may be asked in rounds."""
        return AnswerLimits(
            parallel=self.model_parallel_calls,
            session_tokens=self.model_session_tokens,
            day_tokens=self.model_day_tokens,
            timeout_seconds=self.model_timeout_seconds,
        )

    def upload_limits(self) -> UploadLimits:
        """Return what uploads may take."""
        return UploadLimits(
            max_bytes=self.max_file_bytes,
            session_bytes=self.session_files_bytes,
            free_bytes=self.min_free_bytes,
            keep_seconds=self.upload_hours * 3600,
            idle_seconds=self.upload_idle_seconds,
        )

    def extraction_limits(self) -> ExtractionLimits:
        """Return what reading a file may take."""
        return ExtractionLimits(
            memory_bytes=self.extract_memory_bytes,
            cpu_seconds=self.extract_seconds,
            wall_seconds=self.extract_seconds * 1.5,
            pdf_engine=self.pdf_engine,
            ocr_languages=self.ocr_languages,
            ocr_seconds=self.ocr_seconds,
        )

    def room_options(self) -> RoomOptions:
        """Return what rooms need to know."""
        return RoomOptions(
            document=DocumentLimits(
                max_update_bytes=self.max_update_bytes, max_document_bytes=self.max_document_bytes
            ),
            max_frame_bytes=self.max_frame_bytes,
            max_outbox_bytes=self.max_outbox_bytes,
            slow_seconds=self.slow_seconds,
            max_connections=self.max_room_connections,
            max_person_connections=self.max_person_connections,
            messages=Rate(self.messages_per_second, self.messages_burst),
            traffic=Rate(self.bytes_per_second, self.bytes_burst),
            work=Rate(self.work_per_second, self.work_burst_seconds),
            max_awareness_bytes=self.max_awareness_bytes,
            max_awareness_clients=self.max_awareness_clients,
            idle_seconds=self.room_idle_seconds,
            compact_after_updates=self.compact_after_updates,
            history_seconds=self.history_days * 24 * 3600,
        )


def read_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """
    Read the settings from the environment.

    Args:
        overrides: What the command line said; it wins.

    Raises:
        SettingsError: If a variable is unknown or a value is no good.
    """
    for name in os.environ:
        if name.upper().startswith(PREFIX) and not name.upper().startswith(_NOT_OURS):
            _check_known(name)
    try:
        return Settings(**dict(overrides or {}))
    except Unreadable as exc:  # a list that is no JSON
        name = str(exc).split('"')[1]
        raise SettingsError(f"{PREFIX}{name.upper()}: must be a JSON list") from exc
    except ValidationError as exc:
        raise SettingsError("; ".join(_say(error) for error in exc.errors())) from exc


def _check_known(variable: str) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} - {PREFIX + _KEY}
    if variable.upper() not in known:
        close = difflib.get_close_matches(variable.upper(), [*known, _KEY], n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise SettingsError(f"unknown setting {variable}{hint} (docs/settings.md has them all)")


def _say(error: Any) -> str:
    name = str(error["loc"][0])
    variable = name if name.isupper() else PREFIX + name.upper()
    return f"{variable}: {error['msg'].removeprefix('Value error, ')}"
