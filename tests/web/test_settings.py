"""`web.settings`: what the environment may say, and what is answered when it says something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from web.settings import Settings, SettingsError, read_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of whoever runs it."""
    for name in os.environ:
        if name.startswith("ACCORD_") or name == "ANTHROPIC_API_KEY":
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://hub.example.org", "must begin with https://"),
        ("ftp://127.0.0.1", "must begin with https://"),
        ("hub.example.org", "must look like"),
        ("https://me:secret@hub.example.org", "must look like"),
        ("https://hub.example.org/?x", "must look like"),
        ("https://[", "must look like"),
    ],
)
def test_a_hub_that_could_be_changed_on_the_way_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    monkeypatch.setenv("ACCORD_EMBEDDING_HUB", value)
    with pytest.raises(SettingsError, match=f"ACCORD_EMBEDDING_HUB: {words}") as caught:
        read_settings()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["https://hub.example.org/mirror/", "http://127.0.0.1:8000"])
def test_a_hub_may_be_a_mirror_or_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ACCORD_EMBEDDING_HUB", value)
    assert read_settings().embedding_hub == value.rstrip("/")


def test_without_any_variable_it_runs_on_this_machine_alone() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.data) == (
        "127.0.0.1",
        8000,
        Path("accord-data"),
    )
    assert settings.local_only
    assert settings.mode == "extractive"
    assert not settings.secure


def test_the_environment_wins_over_the_default_and_an_option_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACCORD_PORT", "8123")
    monkeypatch.setenv("ACCORD_HOST", "0.0.0.0")
    settings = read_settings({"port": 9000})
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("ACCORD_PROT", "did you mean ACCORD_PORT?"),
        ("accord_prot", "did you mean ACCORD_PORT?"),
        ("ACCORD_MAX_FRAME_BYTE", "did you mean ACCORD_MAX_FRAME_BYTES?"),
        ("ACCORD_ANTHROPIC_API_KEY", "did you mean ANTHROPIC_API_KEY?"),
        ("ACCORD_XQZ", "docs/settings.md has them all"),
    ],
)
def test_an_unknown_variable_stops_the_start_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, variable: str, hint: str
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert f"unknown setting {variable}" in str(caught.value)
    assert hint in str(caught.value)


def test_variables_of_the_test_suite_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_TEST_POSTGRES_URL", "postgresql://")
    read_settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "eighty", "a valid integer"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "-1", "greater than or equal to 0"),
        ("PUBLIC_URL", "accord.example.org", "must look like https://accord.example.org"),
        ("PUBLIC_URL", "https://accord.example.org/accord", "without a path"),
        ("PUBLIC_URL", "https://me@accord.example.org", "without a path"),
        ("PUBLIC_URL", "https://accord.example.org?x=1", "without a path"),
        ("PUBLIC_URL", "https://accord.example.org:port", "without a path"),
        ("PUBLIC_URL", "ftp://accord.example.org", "must look like https://"),
        ("ALLOWED_ORIGINS", "https://quill.example.org", "must be a JSON list"),
        ("ALLOWED_ORIGINS", '["quill.example.org"]', "must look like https://"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy", "'proxy' is no address or network"),
        ("FACILITATOR_TOKEN", "too-short", "16 to 200 letters"),
        ("FACILITATOR_TOKEN", "with a space in it", "without spaces"),
        ("FACILITATOR_TOKEN", "schlüssel-schlüssel", "16 to 200 letters"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("SMTP_SECURITY", "ssl", "'starttls', 'tls' or 'none'"),
        ("SMTP_PORT", "0", "greater than or equal to 1"),
        ("MAIL_FROM", "Accord", "must look like Accord <accord@example.org>"),
        ("MAIL_FROM", "Accord <@example.org>", "must look like Accord <accord@example.org>"),
        ("MAX_UPDATE_BYTES", "256k", "a valid integer"),
        ("MAX_BODY_BYTES", "1", "greater than or equal to 1024"),
        ("SLOW_SECONDS", "inf", "a finite number"),
        ("HISTORY_DAYS", "-1", "greater than or equal to 0"),
        ("INVITATION_DAYS", "0", "greater than or equal to 1"),
        ("MODEL_MAX_TOKENS", "many", "a valid integer"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"ACCORD_{name}", value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    text = str(caught.value)
    assert text.startswith(f"ACCORD_{name}: ")
    assert message in text
    assert "\n" not in text
    assert "Value error" not in text


def test_a_refused_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_FACILITATOR_TOKEN", "hunter2")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "hunter2" not in str(caught.value)


def test_every_bad_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_PORT", "x")
    monkeypatch.setenv("ACCORD_LOGIN_DAYS", "x")
    with pytest.raises(SettingsError, match=r"ACCORD_PORT.*; ACCORD_LOGIN_DAYS"):
        read_settings()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name != "anthropic_api_key":
        monkeypatch.setenv(f"ACCORD_{name.upper()}", "")
        assert getattr(read_settings(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize(
    ("written", "as_browsers_write_it"),
    [
        ("https://accord.example.org", "https://accord.example.org"),
        ("https://Accord.Example.ORG/", "https://accord.example.org"),
        ("https://accord.example.org:443", "https://accord.example.org"),
        ("http://accord.example.org:80", "http://accord.example.org"),
        ("https://accord.example.org:8443", "https://accord.example.org:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_public_url_is_kept_as_browsers_send_it(
    monkeypatch: pytest.MonkeyPatch, written: str, as_browsers_write_it: str
) -> None:
    monkeypatch.setenv("ACCORD_PUBLIC_URL", written)
    monkeypatch.setenv("ACCORD_ALLOWED_ORIGINS", f'["{written}"]')
    settings = read_settings()
    assert settings.public_url == as_browsers_write_it
    assert settings.allowed_origins == (as_browsers_write_it,)


@pytest.mark.parametrize(
    ("host", "public_url", "local_only"),
    [
        ("127.0.0.1", None, True),
        ("0.0.0.0", None, False),
        ("127.0.0.1", "https://accord.example.org", False),
        ("0.0.0.0", "http://localhost:8000", True),
    ],
)
def test_it_knows_whether_others_can_get_here(
    host: str, public_url: str | None, local_only: bool
) -> None:
    overrides = {"host": host} | ({"public_url": public_url} if public_url else {})
    assert read_settings(overrides).local_only is local_only


def test_a_key_for_the_model_switches_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    settings = read_settings()
    assert settings.mode == "claude"
    assert "sk-test" not in repr(settings)


def test_limits_reach_the_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCORD_MAX_UPDATE_BYTES", "2048")
    monkeypatch.setenv("ACCORD_MAX_FRAME_BYTES", "4096")
    monkeypatch.setenv("ACCORD_HISTORY_DAYS", "2")
    options = read_settings().room_options()
    assert options.document.max_update_bytes == 2048
    assert options.max_frame_bytes == 4096
    assert options.history_seconds == 2 * 24 * 3600
