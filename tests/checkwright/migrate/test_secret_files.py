"""Secrets in imported command lines: no written file holds them, and the plugin finds them in a file."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import Program
from checkwright.migrate.secret_files import SecretFiles, refuse_in_environment
from tests.checkwright.migrate.nagios.test_import import WEB, define, service
from tests.checkwright.migrate.sensu.test_import import check, entity
from tests.support.real import require

PLUGINS = "/usr/lib/nagios/plugins"
MYSQL = "--extra-opts=@/etc/checkwright/secrets/check_mysql.ini"
HTTP = "--extra-opts=@/etc/checkwright/secrets/check_http.ini"

MOVED = {
    "two words": ("check_mysql -H db -u watch -p hunter2 -d x", f"{MYSQL} -H db -u watch -d x", ["password=hunter2"]),
    "one word": ("check_mysql -H db -phunter2", f"{MYSQL} -H db", ["password=hunter2"]),
    "long": ("check_mysql --password=hunter2 -H db", f"{MYSQL} -H db", ["password=hunter2"]),
    "long in two words": ("check_mysql --password hunter2 -H db", f"{MYSQL} -H db", ["password=hunter2"]),
    "login": ("check_http -H {address} -a me:hunter2", f"{HTTP} -H {{address}}", ["authorization=me:hunter2"]),
    "header": (
        "check_http|-H|w|-k|Authorization: Bearer hunter2|-S",
        f"{HTTP} -H w -S",
        ["header=Authorization: Bearer hunter2"],
    ),
    "header in one word": (
        "check_http|-H|w|--header=Cookie: id=hunter2",
        f"{HTTP} -H w",
        ["header=Cookie: id=hunter2"],
    ),
    "path": ("check_http -H w -u /x?access_token=hunter2", f"{HTTP} -H w", ["url=/x?access_token=hunter2"]),
    "two secrets": (
        "check_snmp -H r -A hunter2 -X hunter3 -o 1.3",
        "--extra-opts=@/etc/checkwright/secrets/check_snmp.ini -H r -o 1.3",
        ["authpasswd=hunter2", "privpasswd=hunter3"],
    ),
}

LEFT = (
    "check_nwc_health --hostname r --community hunter2",
    "check_mongodb.py -H db -p hunter2",
    "check_own redis://:hunter2@db",
    "check_mysql -H db -p x{label.name}",
    "check_http|-H|w|-k|X-Api-Key: {host}-hunter2",
)


def program(text: str) -> Program:
    name, *words = text.split("|" if "|" in text else " ")
    return Program(f"{PLUGINS}/{name}", tuple(words))


@pytest.mark.parametrize(("before", "after", "options"), MOVED.values(), ids=MOVED)
def test_secret_becomes_an_option_in_a_file(before: str, after: str, options: list[str]) -> None:
    files = SecretFiles()
    moved, file = files.moved(program(before))
    assert " ".join(moved.arguments) == after
    assert file is not None and files.files == [file]
    name = program(before).path.rpartition("/")[2]
    assert file.path == f"/etc/checkwright/secrets/{name}.ini"
    assert list(file.lines) == [f"[{name}]", *(f"{option.partition('=')[0]}=..." for option in options)]
    assert "hunter" not in repr((moved, file))


def test_equal_secrets_share_a_file_and_others_do_not() -> None:
    files = SecretFiles()
    moved = [
        files.moved(program(f"check_mysql -H {host} -p {password}"))[1]
        for host, password in (("a", "x1"), ("b", "x2"), ("c", "x1"))
    ]
    assert [file.path.rpartition("/")[2] for file in moved if file] == [
        "check_mysql.ini",
        "check_mysql-2.ini",
        "check_mysql.ini",
    ]
    assert len(files.files) == 2


@pytest.mark.parametrize("text", LEFT)
def test_program_that_reads_no_such_file_is_not_converted(text: str) -> None:
    with pytest.raises(NotConvertible, match="is a secret, which the project must not hold") as caught:
        SecretFiles().moved(program(text))
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["check_tcp -H {address} -p 5432", "check_http -H w -p 80 -s Password:", "check_mysql -H db -p {label.x}"]
)
def test_program_without_secrets_stays(text: str) -> None:
    files = SecretFiles()
    assert files.moved(program(text)) == (program(text), None)
    assert files.files == []


def test_variable_with_a_secret_is_refused() -> None:
    refuse_in_environment([("PGPASSFILE", "/etc/x"), ("LANG", "C"), ("DB_PASSWORD", "/run/secrets/x"), ("TOKEN", "")])
    for name in ("PGPASSWORD", "API_TOKEN", "db_secret", "APIKEY"):
        with pytest.raises(NotConvertible, match=f"the variable {name} is a secret"):
            refuse_in_environment([(name, "hunter2")])


@pytest.fixture
def nothing_is_loaded() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def test_nagios_import_passes_lint_and_lists_the_files(tmp_path: Path, nothing_is_loaded: None) -> None:
    commands = (
        ("db", "check_mysql -H $HOSTADDRESS$ -u watch -p hunter2"),
        ("api", "check_http -H $HOSTADDRESS$ -e 200 -u '/x?access_token=hunter2' -k 'X-Api-Key: hunter2'"),
        ("router", "check_nwc_health --community hunter2"),
    )
    text = WEB + "".join(
        define("command", f"command_name {name}", f"command_line {PLUGINS}/{line}")
        + service(name, "host_name web-1", name)
        for name, line in commands
    )
    (tmp_path / "x.cfg").write_text(text)
    project = tmp_path / "acme"
    assert run(["nagios", "import", str(tmp_path / "x.cfg"), "--out", str(project)]) == 0
    assert run(["--project", str(project), "lint"]) == 0
    written = {path: path.read_text() for path in project.rglob("*") if path.suffix in (".py", ".yaml", ".md", ".json")}
    assert [path for path, text in written.items() if "hunter2" in text] == []
    fleet = "".join(text for path, text in written.items() if path.suffix == ".py")
    assert MYSQL in fleet and HTTP in fleet and "nwc" not in fleet
    report = json.loads(written[project / "import.json"])
    assert report["secrets"] == [
        {"file": "/etc/checkwright/secrets/check_mysql.ini", "lines": ["[check_mysql]", "password=..."]},
        {"file": "/etc/checkwright/secrets/check_http.ini", "lines": ["[check_http]", "url=...", "header=..."]},
    ]
    page = written[project / "import.md"]
    assert "- `/etc/checkwright/secrets/check_mysql.ini`: `[check_mysql]`, `password=...`" in page
    assert "the value of --community of check_nwc_health is a secret, which the project must not hold" in page


def test_secrets_in_variables_of_hosts_reach_no_file(tmp_path: Path, nothing_is_loaded: None) -> None:
    lines = (
        ("uplink", "check_snmp -H $HOSTADDRESS$ -C $_HOSTCOMMUNITY$ -o ifOperStatus.1"),
        ("attached", "check_snmp -H $HOSTADDRESS$ --community=$_HOSTCOMMUNITY$ -p $_HOSTPORT$"),
        ("router", "check_nwc_health -x $_HOSTCOMMUNITY$"),
        ("shell", "check_snmp -C $_HOSTCOMMUNITY$ -o 1 | head -1"),
    )
    text = WEB + "".join(
        define(
            "host",
            f"host_name {name}",
            "address 192.0.2.1",
            "max_check_attempts 3",
            f"_COMMUNITY hunter2-{community}",
            "_PORT 1161",
            "check_command alive",
        )
        for name, community in (("sw-1", "a"), ("sw-2", "a"), ("sw-3", "b"))
    )
    text += define("command", "command_name alive", f"command_line {PLUGINS}/check_snmp -C $_HOSTCOMMUNITY$ -o 1")
    text += "".join(
        define("command", f"command_name {name}", f"command_line {PLUGINS}/{line}")
        + service(name, "host_name sw-1,sw-2,sw-3", name)
        for name, line in lines
    )
    (tmp_path / "x.cfg").write_text(text)
    project = tmp_path / "acme"
    assert run(["nagios", "import", str(tmp_path / "x.cfg"), "--out", str(project)]) == 0
    assert run(["--project", str(project), "lint"]) == 0
    written = {path: path.read_text() for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert [path for path, text in written.items() if "hunter2" in text] == []
    fleet = "".join(text for path, text in written.items() if path.suffix == ".py")
    for plugin in ("check_snmp.ini", "check_snmp-2.ini"):
        assert f"--extra-opts=@/etc/checkwright/secrets/{plugin}" in fleet
    assert "{label.port}" in fleet and "nwc" not in fleet and "/bin/sh" not in fleet
    assert "the label community is a secret, which the project must not hold" in written[project / "import.md"]


def test_sensu_import_passes_lint_and_lists_the_files(tmp_path: Path, nothing_is_loaded: None) -> None:
    text = entity("web-1") + check(name="db", command=f"{PLUGINS}/check_mysql -H localhost -p hunter2")
    text += check(name="api", command=f"{PLUGINS}/check_http -H w -e 200 -u '/x?token=hunter2'")
    text += check(name="pg", command=f"{PLUGINS}/check_own", env_vars=["PGPASSWORD=hunter2"])
    (tmp_path / "in.json").write_text(text)
    project = tmp_path / "acme"
    assert run(["sensu", "import", str(tmp_path / "in.json"), "--out", str(project)]) == 0
    assert run(["--project", str(project), "lint"]) == 0
    written = [path for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [path for path in written if "hunter2" in path.read_text(errors="replace")] == []
    report = json.loads((project / "import.json").read_text())
    assert [one["file"].rpartition("/")[2] for one in report["secrets"]] == ["check_http.ini", "check_mysql.ini"]
    (left,) = (one for one in report["remarks"] if one["fate"] == "left")
    assert (left["name"], "the variable PGPASSWORD is a secret" in left["message"]) == ("pg", True)


def test_real_plugin_reads_the_options_of_the_report(tmp_path: Path) -> None:
    """The long names and the form of the file are those of the Monitoring Plugins."""
    plugin = require("check_http", package="monitoring-plugins-basic")
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers["X-Api-Key"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = ("-I", "127.0.0.1", "-p", str(server.server_port), "-u", "/x?token=hunter2", "-k", "X-Api-Key: hunter2")
    moved, file = SecretFiles().moved(Program(plugin, words))
    assert file is not None
    values = iter(("/x?token=hunter2", "X-Api-Key: hunter2"))
    lines = [line.replace("...", next(values)) if line.endswith("...") else line for line in file.lines]
    (tmp_path / "secrets.ini").write_text("\n".join(lines) + "\n")
    argv = [plugin, *(word.replace(file.path, str(tmp_path / "secrets.ini")) for word in moved.arguments)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stdout
    assert seen == [("/x?token=hunter2", "hunter2")]
