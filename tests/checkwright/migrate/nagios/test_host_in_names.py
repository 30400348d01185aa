"""Names of hosts in names and commands of services: one watch for many hosts."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from nagios_cfg.reader import read
from nagios_cfg.reader.effective import effective
from tests.checkwright.migrate.nagios.test_contacts import DEFINITIONS
from tests.support.nagios import precache

HOSTS = [f"web-{number}" for number in range(1, 7)]


def objects() -> str:
    text = DEFINITIONS + (
        "define contact {\nuse any\ncontact_name ada\nemail ada@example.com\n}\n"
        "define command {\ncommand_name site\n"
        "command_line /usr/lib/nagios/plugins/check_http -I $HOSTADDRESS$ -H $ARG1$ -u $ARG2$\n}\n"
    )
    for number, host in enumerate(HOSTS, start=1):
        if host != "web-1":
            text += f"define host {{\nuse plain\nhost_name {host}\naddress 127.0.0.{number}\n}}\n"
        for name, command in (
            (f"Site of {host}", f"site!{host}.example.com!/status/{host}"),
            (f"{host}: dummy", "look"),
            ("address", f"site!{'127.0.0.1' if host == 'web-1' else f'127.0.0.{number}'}!/"),
        ):
            text += (
                f"define service {{\nuse any\nhost_name {host}\nservice_description {name}\ncontacts ada\n"
                f"check_command {command}\n}}\n"
            )
    text += "define service {\nuse any\nhost_name web-1\nservice_description only web-1\ncontacts ada\n}\n"
    return text.replace("$SERVICEDESC$", "x")


@pytest.fixture(autouse=True)
def nothing_is_loaded() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "sites"]:
        del sys.modules[name]


def test_one_watch_replaces_one_for_each_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = objects()
    assert precache({"x.cfg": text})
    live = tmp_path / "x.cfg"
    live.write_text(text)
    project = tmp_path / "sites"
    assert run(["nagios", "import", str(live), "--keep-plugins", "--out", str(project)]) == 0
    fleet = "".join(path.read_text(encoding="utf-8") for path in (project / "fleet").glob("*.py"))
    assert fleet.count('name="Site-of"') == 1
    assert fleet.count('name="dummy"') == 1
    assert '"{host}.example.com"' in fleet
    assert '"/status/{host}"' in fleet
    assert fleet.count('name="address"') == 1
    assert 'name="only-web-1"' in fleet
    renamed = json.loads((project / "import.json").read_text(encoding="utf-8"))["renamed"]
    assert {"kind": "service", "before": "Site of web-3", "after": "Site-of"} in renamed
    capsys.readouterr()
    words = ["--project", str(project), "nagios", "diff", "production", "--json", "--live", str(live)]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["services"] == {"gained": [], "lost": []}
    assert {what for change in found["changes"] for what in change["settings"]} == {"service_description"}
    assert len(effective(read([live]))) == 3 * len(HOSTS) + 1
