"""The proxies of `deploy/`, run as they are written there but for name, ports, certificate and folders."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import missing
from tests.harness import PATIENCE, ROOT

DEPLOY = ROOT / "deploy"

NAMES = ("nginx", "caddy")


@dataclass(slots=True)
class Ports:
    """Where things listen: the server behind, and the proxy before it."""

    accord: int
    http: int
    https: int


@dataclass(slots=True)
class Proxy:
    """
    A proxy that runs.

    Attributes:
        folder: Where it writes; its logs are in there.
        trust: What its certificate is good for.
    """

    ports: Ports
    folder: Path
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        """What people type."""
        return f"https://localhost:{self.ports.https}"

    @property
    def ws_url(self) -> str:
        """Where its rooms are."""
        return f"wss://localhost:{self.ports.https}/yjs"


def install(name: str) -> str:
    """Return the program; install it where tests may, otherwise skip loudly."""
    if not shutil.which(name, path=_path()) and os.environ.get("CI") == "true" and not os.geteuid():
        subprocess.run(["apt-get", "update", "-qq"], check=False, timeout=300)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]
        subprocess.run(command, check=False, timeout=600)
    found = shutil.which(name, path=_path())
    if found is None and name == "nginx":
        missing("nginx is not installed and apt did not install it")
    if found is None:  # older distributions have no package of it
        pytest.skip(f"{name} is not installed and apt did not install it: this test DID NOT RUN")
    assert found is not None
    return found


def _path() -> str:
    return os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin"


def free_ports() -> Ports:
    """Return ports nobody listens on."""
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for each in (one, two, three):
            each.bind(("127.0.0.1", 0))
        return Ports(*(each.getsockname()[1] for each in (one, two, three)))


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for localhost that vouches for itself; return it and its key."""
    if shutil.which("openssl") is None:
        missing("openssl is not installed")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    line = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*line.split(), *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    return certificate, key


@contextmanager
def running_proxy(name: str, folder: Path, ports: Ports) -> Iterator[Proxy]:
    """Run one with the configuration people are told to use."""
    program = install(name)
    certificate, key = make_certificate(folder)
    prepare = {"nginx": _nginx, "caddy": _caddy}[name]
    arguments = prepare(folder, ports, certificate, key)
    trust = ssl.create_default_context(cafile=str(certificate))
    with (folder / "stderr.log").open("w") as log:
        process = subprocess.Popen(
            [program, *arguments],
            cwd=folder,
            env={
                "PATH": _path(),
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder),
            },
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(ports.https, process, folder / "stderr.log")
            yield Proxy(ports, folder, trust)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _nginx(folder: Path, ports: Ports, certificate: Path, key: Path) -> list[str]:
    _copy(
        "nginx.conf",
        folder,
        {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{ports.accord};",
            "listen 80;": f"listen 127.0.0.1:{ports.http};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{ports.https} ssl http2;",
            "return 301 https://accord.example.org$": f"return 301 https://localhost:{ports.https}$",
            "server_name accord.example.org;": "server_name localhost;",
            "/etc/letsencrypt/live/accord.example.org/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/accord.example.org/privkey.pem": str(key),
            "/var/log/nginx/": f"{folder}/",
        },
    )
    places = "".join(
        f"    {one}_temp_path {folder}/{one};\n"
        for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # What a distribution's /etc/nginx/nginx.conf holds around conf.d/*.conf.
    (folder / "main.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/main-error.log;\n"
        f"events {{}}\nhttp {{\n{places}    include {folder}/nginx.conf;\n}}\n"
    )
    return ["-p", str(folder), "-c", str(folder / "main.conf"), "-e", str(folder / "start.log")]


def _caddy(folder: Path, ports: Ports, certificate: Path, key: Path) -> list[str]:
    listening = f"\tadmin off\n\thttp_port {ports.http}\n\thttps_port {ports.https}\n"
    _copy(
        "Caddyfile",
        folder,
        {
            "\n{\n": f"\n{{\n{listening}",
            "\naccord.example.org {": "\nlocalhost {\n\tbind 127.0.0.1",
            "# tls /path/to/fullchain.pem /path/to/privkey.pem": f"tls {certificate} {key}",
            "reverse_proxy 127.0.0.1:8000": f"reverse_proxy 127.0.0.1:{ports.accord}",
        },
    )
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _copy(name: str, folder: Path, changes: dict[str, str]) -> None:
    text = (DEPLOY / name).read_text()
    for before, after in changes.items():
        assert before in text, f"deploy/{name} does not hold {before!r} any more"
        text = text.replace(before, after)
    (folder / name).write_text(text)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"the proxy did not start: {log.read_text()[-2000:]}")
