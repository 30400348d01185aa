"""Files in a project that are none: pipes, sockets, devices, and files without end. No command waits for one."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkwright.cli.main import run
from tests.support.installed import ROOT

PLACES = (
    "__init__.py",
    "fleet/__init__.py",
    "fleet/odd.py",
    "fleet/__pycache__/payments.cpython-311.pyc",
    "plugins/__init__.py",
    "plugins/checkout.py",
    "plugins/odd.py",
    "plugins/family/odd.py",
    "plugins/__pycache__/checkout.cpython-311.pyc",
    "tests/test_odd.py",
)
KINDS = ("pipe", "socket", "device", "huge", "link to a pipe")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """End a test that waits, which pytest would wait for too."""

    def too_long(_number: int, _frame: object) -> None:
        raise AssertionError("the command waits for a file")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "shopping"
    shutil.copytree(ROOT / "examples/shop", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in folder.rglob("*.py"):
        file.write_text(file.read_text().replace("shop.", "shopping."))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "shopping"]:
        del sys.modules[name]


def place(kind: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket has at most 107 bytes
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(path.name)
        finally:
            os.chdir(here)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(20_000_000_000)
    else:
        os.mkfifo(path.with_suffix(".pipe"))
        path.symlink_to(path.with_suffix(".pipe"))


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_lint_names_the_file_and_ends(kind: str, where: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(kind, shop / where)
    assert run(["--project", str(shop), "lint"]) == 1
    shown = capsys.readouterr()
    reason = "it is larger than 10 MB" if kind == "huge" else "it is not a regular file"
    assert f"shopping/{where}:1: error R001: the file cannot be read: {reason}" in shown.out
    assert "Traceback" not in shown.out + shown.err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "command",
    ["list", "docs", "nagios build production --out OUT", "plan production", "sensu build production --out OUT"],
)
def test_every_command_ends(
    command: str, kind: str, shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for where in ("plugins/odd.py", "plugins/__pycache__/checkout.cpython-311.pyc"):
        place(kind, shop / where)
    words = command.replace("OUT", str(tmp_path / "out")).split()
    code = run(["--project", str(shop), *words])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    words = (shown.out + shown.err).split()  # a table wraps its lines
    foreign = "writable" in words or "written" in words  # root refuses a link to a device for another reason
    assert foreign or "regular" in words or "larger" in words
    assert code == {"list": 2 if foreign else 0, "docs": 2}.get(command, 1)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_inventory_is_a_regular_file(kind: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(kind, shop / "inventory/production.yaml")
    assert run(["--project", str(shop), "plan", "production"]) in (1, 2)
    shown = capsys.readouterr()
    assert "production.yaml cannot be read: it is not a regular file" in shown.out + shown.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pipe", "device", "huge"])
@pytest.mark.parametrize("directive", ["cfg_file", "cfg_dir", "resource_file"])
def test_nagios_import_ends(directive: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conf").mkdir()
    place(kind, tmp_path / "conf/odd.cfg")
    target = "conf" if directive == "cfg_dir" else "conf/odd.cfg"
    (tmp_path / "nagios.cfg").write_text(f"{directive}={target}\n")
    assert run(["nagios", "import", str(tmp_path / "nagios.cfg"), "--out", str(tmp_path / "acme")]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1 and "Traceback" not in shown.err
