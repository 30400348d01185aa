"""A real PuppetDB with its PostgreSQL, from Debian's packages that were unpacked into the folder PUPPETDB_ROOT.

It is not installed, because the package makes a database and starts a daemon:

    mkdir -p /tmp/puppetdb/debs/partial
    apt-get install --download-only -y --no-install-recommends -o Dir::Cache::archives=/tmp/puppetdb/debs puppetdb
    for deb in /tmp/puppetdb/debs/*.deb; do dpkg-deb -x "$deb" /tmp/puppetdb/root; done
    PUPPETDB_ROOT=/tmp/puppetdb/root .venv/bin/python -m pytest -n0 tests/checkwright/inventory/test_real_puppetdb.py

It takes half a minute to start and half a gigabyte of memory.
"""

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.support.nagios import scratch
from tests.support.ports import free_port
from tests.support.postgresql import postgresql
from tests.support.processes import Server, running
from tests.support.real import require

#: Alternatives that only the postinst of a package chooses, and jars of other programs.
_CLOJURE = "clojure-1.11.1.jar"
#: Seconds. It takes half a minute on an idle machine.
_PATIENCE = 300.0
_CONFIG = """
[global]
vardir = {folder}/var
logging-config = {folder}/logback.xml

[database]
subname = //{database}/puppetdb
username = puppetdb
password = hush

[puppetdb]
certificate-allowlist = {folder}/allowlist
disable-update-checking = true

[jetty]
host = 127.0.0.1
port = {port}
ssl-host = 127.0.0.1
ssl-port = {tls_port}
ssl-key = {folder}/server.key
ssl-cert = {folder}/server.pem
ssl-ca-cert = {folder}/ca.pem
"""
_LOGGING = """<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%p %c %m%n</pattern></encoder>
  </appender>
  <root level="warn"><appender-ref ref="OUT"/></root>
</configuration>
"""


def unpacked() -> Path:
    """Return the folder with Debian's packages. Skip the test if PUPPETDB_ROOT names none, with CI too."""
    folder = os.environ.get("PUPPETDB_ROOT", "")
    if not folder:
        pytest.skip(
            "PUPPETDB_ROOT names no folder with Debian's puppetdb: tests/support/puppetdb.py says how to make it"
        )
    if not Path(folder, "usr/share/puppetdb/puppetdb.jar").is_file():
        pytest.fail(f"PUPPETDB_ROOT is {folder}, which has no usr/share/puppetdb/puppetdb.jar", pytrace=False)
    return Path(folder)


class RealPuppetDb:
    """Running PuppetDB. url: over TLS. folder: with the files ca.pem, me.pem, me.key and stranger.pem, stranger.key."""

    def __init__(self, folder: Path, port: int, tls_port: int, server: Server) -> None:
        self.folder = folder
        self.plain = f"http://127.0.0.1:{port}"
        self.url = f"https://127.0.0.1:{tls_port}"
        self.server = server

    def command(self, command: str, version: int, certname: str, payload: dict[str, Any]) -> None:
        """Send a command, such as `replace facts`, which PuppetDB processes a little later."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {"certname": certname, "producer_timestamp": moment, **payload}
        query = f"command={command.replace(' ', '_')}&version={version}&certname={quote(certname)}"
        url = f"{self.plain}/pdb/cmd/v1?{query}&producer-timestamp={quote(moment)}"
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"Content-Type": "application/json", "Accept": "application/json"}
        )
        urllib.request.urlopen(request, timeout=20).read()

    def query(self, pql: str) -> Any:
        return json.loads(urllib.request.urlopen(f"{self.plain}/pdb/query/v4?query={quote(pql)}", timeout=20).read())

    def settings(self, who: str = "me") -> dict[str, Any]:
        """Return the settings of a client: `me` is in PuppetDB's list of certificates, `stranger` is not."""
        files = {"cacert": "ca.pem", "cert": f"{who}.pem", "key": f"{who}.key"}
        return {"puppetdb": {"server_urls": self.url, **{key: str(self.folder / file) for key, file in files.items()}}}


def write_certificates(folder: Path, *names: str) -> None:
    """Write ca.pem, and NAME.pem and NAME.key (PKCS#8) for each name, which are valid for 127.0.0.1 too."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name in names:
        issued = ca.issue_cert("127.0.0.1", "localhost", common_name=name)
        key = load_pem_private_key(issued.private_key_pem.bytes(), None)
        issued.cert_chain_pems[0].write_to_path(str(folder / f"{name}.pem"))
        (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@contextmanager
def puppetdb() -> Iterator[RealPuppetDb]:
    """Run PuppetDB with an empty database until the block ends."""
    root = unpacked()
    java = require("java", package="openjdk-17-jre-headless")
    with postgresql() as database, scratch() as folder:
        database.sql("CREATE ROLE puppetdb LOGIN PASSWORD 'hush'")
        database.sql("CREATE DATABASE puppetdb OWNER puppetdb ENCODING 'UTF8' TEMPLATE template0")
        database.sql("CREATE EXTENSION pg_trgm", "puppetdb")
        write_certificates(folder, "server", "me", "stranger")
        (folder / "allowlist").write_text("me\n")
        (folder / "logback.xml").write_text(_LOGGING)
        (folder / "conf.d").mkdir()
        (folder / "var").mkdir()
        port, tls_port = free_port(), free_port()
        text = _CONFIG.format(folder=folder, database=database.address, port=port, tls_port=tls_port)
        (folder / "conf.d/all.ini").write_text(text)
        authorization = root / "etc/puppetdb/conf.d/auth.conf"
        (folder / "conf.d/auth.conf").write_bytes(authorization.read_bytes())
        restart = folder / "restart"
        restart.write_text("0")
        jars = {jar.resolve() for jar in root.glob("usr/share/java/*.jar") if jar.exists() and "-test" not in jar.name}
        jars = {jar for jar in jars if not jar.name.startswith("clojure-1.") or jar.name == _CLOJURE}
        classes = [root / "usr/share/puppetdb/puppetdb.jar", *sorted(jars)]
        argv = [
            *(java, "-Xmx384m", "-XX:+UseSerialGC", "-cp", ":".join(map(str, classes))),
            *("clojure.main", "-m", "puppetlabs.puppetdb.core", "services", "--config", folder / "conf.d"),
            *("--bootstrap-config", root / "etc/puppetdb/bootstrap.cfg", "--restart-file", restart),
        ]

        server = Server([str(word) for word in argv], folder / "log", lambda: True)
        with running(server):
            _wait(server, restart)
            yield RealPuppetDb(folder, port, tls_port, server)


def _wait(server: Server, restart: Path) -> None:
    """Wait until PuppetDB writes 1 into its restart file, longer than other servers take."""
    end = time.monotonic() + _PATIENCE
    while not restart.read_text().startswith("1"):
        log = server.log.read_text(errors="replace")[-20_000:]
        assert server.process is not None and server.process.poll() is None, f"PuppetDB ended:\n{log}"
        assert time.monotonic() < end, f"PuppetDB is not ready within {_PATIENCE:g} s:\n{log}"
        time.sleep(0.5)
