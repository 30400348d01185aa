"""A Sensu asset as agents get it: built twice, unpacked elsewhere, run with the machine's Python and nothing else."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import sensu
from checkwright.asset import platforms
from checkwright.cli.main import run
from checkwright.testing import sensu_agent
from tests.support.installed import ROOT
from tests.support.servers import web_server

pytestmark = pytest.mark.packages

START = "import sys; from checkwright.cli.main import main; main()"
#: The Python below the environment that runs the tests: no package is installed there for it to find.
PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
SYSTEM = "/usr/bin:/bin"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two folders, each with what one process made of a copy of the example project of its own."""
    folders = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("another")]
    running = []
    for seed, folder in enumerate(folders, 1):
        project = shutil.copytree(ROOT / "examples/shop", folder / "shop")
        given = ["--project", str(project), "sensu", "asset", "--out", str(folder / "out")]
        words = [*given, "--url-prefix", "https://a.example/x/"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)}
        running.append(subprocess.Popen([sys.executable, "-c", START, *words], cwd=folder, env=environment))
    assert [process.wait(300) for process in running] == [0, 0]
    return [folder / "out" for folder in folders]


@pytest.fixture(scope="module")
def archive(built: list[Path]) -> Path:
    (found,) = built[0].glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def asset(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """PATH of a machine whose python3 is the one that the asset was built for."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "python3").symlink_to(PYTHON)
    return f"{folder}:{SYSTEM}"


def check(asset: Path, path: str, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `check` of the asset, with PATH as an agent sets it and no other variable."""
    given = {"PATH": f"{asset}/bin:{path}", **environment}
    return subprocess.run(["env", "-i", *(f"{k}={v}" for k, v in given.items()), "check", *words],
                          capture_output=True, text=True, timeout=60, cwd="/")  # fmt: skip


def test_two_builds_are_equal_to_the_byte(built: list[Path]) -> None:
    one, another = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in built)
    assert [name for name in one if one[name] != another[name]] == []
    stem = f"shop-checks_{version('checkwright')}_{platforms.here()}.tar.gz"
    assert one.keys() == another.keys() == {stem, f"{stem}.sha512", "shop-checks.json"}


def test_the_asset_is_a_sound_resource_with_the_archives_checksum(archive: Path) -> None:
    text = archive.with_name("shop-checks.json").read_text(encoding="utf-8")
    assert sensu.validate(text, "shop-checks.json") == ()
    digest = hashlib.sha512(archive.read_bytes()).hexdigest()
    here = platforms.here()
    assert json.loads(text)["spec"] == {
        "builds": [
            {
                "filters": ["entity.system.os == 'linux'", f"entity.system.arch == '{here.arch}'"],
                "sha512": digest,
                "url": f"https://a.example/x/{archive.name}",
            }
        ]
    }
    checked = subprocess.run(["sha512sum", "--check", f"{archive.name}.sha512"], cwd=archive.parent, check=False)
    assert checked.returncode == 0


def test_the_archive_says_nothing_of_who_built_it_and_when(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        entries = packed.getmembers()
    assert [entry.name for entry in entries] == sorted((entry.name for entry in entries), key=lambda name: Path(name))
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, 0, "", "")}
    assert {entry.mode for entry in entries if entry.isdir()} == {0o755}
    assert {entry.name for entry in entries if entry.isfile() and entry.mode != 0o644} == {"bin/check"}
    assert {entry.name.partition("/")[0] for entry in entries} == {"bin", "lib"}
    assert archive.read_bytes()[4:8] == bytes(4), "gzip's own time"


def test_it_holds_what_checks_need_compiled_and_nothing_for_people(asset: Path) -> None:
    lib = asset / "lib"
    present = {entry.name for entry in lib.iterdir()}
    assert {"checks", "nagiosplugin", "psutil", "requests", "urllib3", "botocore", "cryptography", "shop"} <= present
    assert present & {"click", "rich", "yaml", "pytest", "sensu", "nagios_cfg", "moto"} == set()
    assert {entry.name for entry in (lib / "checkwright").iterdir()} - {"__pycache__"} == {
        "__init__.py",
        "core",
        "latency",
        "net",
        "py.typed",
        "sources",
    }
    assert list((lib / "checks").rglob("fake.py")) == []
    assert {entry.name for entry in (lib / "shop").iterdir()} & {"fleet", "tests", "inventory"} == set()
    sources = [file for part in ("checks", "shop", "requests") for file in (lib / part).rglob("*.py")]
    assert sources != []
    for source in sources:
        (compiled,) = source.parent.glob(f"__pycache__/{source.stem}.*.pyc")
        assert compiled.read_bytes()[4:8] == b"\1\0\0\0", "tied by a hash that is never looked at"


def test_checks_run_with_nothing_installed(asset: Path, path: str) -> None:
    disk = check(asset, path, "disk", "-p", "/", "--space-critical", "~:", "--inodes-critical", "~:")
    assert (disk.stderr, disk.returncode in (0, 1)) == ("", True)
    assert disk.stdout.startswith("DISK ")
    processes = check(asset, path, "processes", "--zombies-warning", "~:", "--zombies-critical", "~:", "-c", "1:")
    assert (processes.returncode, processes.stderr) == (0, "")
    assert processes.stdout.startswith("PROCESSES OK: ")
    with web_server({"/": (200, {}, b"all is well")}) as server:
        web = check(asset, path, "http", "-u", f"http://127.0.0.1:{server.port}/")
    assert (web.returncode, web.stderr) == (0, "")
    assert web.stdout.startswith("HTTP OK: ")
    assert not list(asset.rglob("*.tmp*"))


def test_the_projects_own_checks_run_without_naming_the_project(asset: Path, path: str) -> None:
    page = check(asset, path, "checkout", "--help")
    assert "State and backlog of the checkout service" in page.stdout
    health = {"status": "up", "orders": {"waiting": 3}, "pool": {"used": 1, "size": 10}}
    with web_server({"/health": (200, {}, json.dumps(health).encode())}) as server:
        ran = check(asset, path, "checkout", "--url", f"http://127.0.0.1:{server.port}/health")
    assert ran.stdout.startswith("CHECKOUT OK: ")


def test_it_knows_its_version(asset: Path, path: str) -> None:
    assert check(asset, path, "--version").stdout == f"check (checkwright {version('checkwright')})\n"


def test_a_link_from_elsewhere_names_the_check(asset: Path, path: str, tmp_path: Path) -> None:
    link = tmp_path / "check_disk"
    link.symlink_to(asset / "bin/check")
    ran = subprocess.run([link, "--help"], env={"PATH": path}, capture_output=True, text=True, timeout=60)
    assert ran.stdout.startswith("usage: check disk ")


def test_nothing_of_the_machine_gets_in_and_nothing_into_the_asset(asset: Path, path: str, tmp_path: Path) -> None:
    (tmp_path / "psutil.py").write_text("raise SystemExit('planted')")
    before = sorted(asset.rglob("*"))
    ran = check(asset, path, "processes", PYTHONPATH=str(tmp_path))
    assert ran.stdout.startswith("PROCESSES ")
    assert sorted(asset.rglob("*")) == before


def test_a_python_that_is_too_old_is_one_sentence(asset: Path, path: str, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2); sys.argv = sys.argv[4:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    old.write_text(f'#!/bin/sh\nexec {PYTHON} -I -S -c "{pretend}" "$@"\n')
    old.chmod(0o755)
    refused = check(asset, f"{tmp_path}:{path}", "disk")
    assert (refused.returncode, refused.stderr) == (3, "")
    why = "is Python 3.9, and checks need Python 3.11 or newer: install one and name it in CHECKS_PYTHON\n"
    assert refused.stdout.startswith("CHECK UNKNOWN: ")
    assert refused.stdout.endswith(why)
    assert check(asset, f"{tmp_path}:{path}", "disk", "--help", CHECKS_PYTHON=str(PYTHON)).stdout.startswith("usage: ")


def test_no_python_is_one_sentence(asset: Path, path: str) -> None:
    refused = check(asset, path, "disk", CHECKS_PYTHON="python3.99")
    assert (refused.returncode, refused.stderr) == (3, "")
    assert refused.stdout == (
        "CHECK UNKNOWN: there is no python3.99 on PATH, and checks need Python 3.11 or newer: "
        "install one, or name it in CHECKS_PYTHON\n"
    )


def test_a_python_of_another_version_is_one_sentence(asset: Path) -> None:
    words: list[str | Path] = [
        asset / "lib/checkwright_start.py",
        ".cpython-399-x86_64-linux-gnu.so",
        "",
        "check",
        "disk",
    ]
    refused = subprocess.run([PYTHON, *words], capture_output=True, text=True, timeout=60)
    assert (refused.returncode, refused.stderr) == (3, "")
    assert "and this asset was built for cpython-399-x86_64-linux-gnu: use one built for it" in refused.stdout
    assert refused.stdout.count("\n") == 1


def test_a_check_config_finds_it_through_its_runtime_assets(asset: Path, path: str) -> None:
    config = sensu.CheckConfig(
        name="linux.processes",
        command="check processes --zombies-warning 1000 --zombies-critical 1000 -t 10",
        interval=60,
        timeout=12,
        subscriptions=("linux",),
        runtime_assets=("shop-checks",),
        output_metric_format="nagios_perfdata",
    )
    entity: dict[str, Any] = {"metadata": {"name": "web-1"}, "spec": {"entity_class": "agent"}}
    event = sensu_agent.run(config.document(), entity, assets=[asset], environment={"PATH": path})
    assert event.status == 0, event.output
    assert {point.name for point in event.points} == {"count", "zombies"}


# -- what cannot be built --


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    (folder / "fleet").mkdir(parents=True)
    (folder / "plugins").mkdir()
    (folder / "plugins/fine.py").write_text("")
    return folder


def refused(capsys: pytest.CaptureFixture[str], project: Path, *words: str) -> str:
    """Why `sensu asset` made nothing: one sentence."""
    out = project.parent / "out"
    given = ["--project", str(project), "sensu", "asset", "--out", str(out), "--url-prefix", "https://a.example"]
    assert run([*given, *words]) == 2
    printed = capsys.readouterr()
    assert not out.exists()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--with", "no-such-package"], "The distribution no-such-package is not installed here: install it"),
        (["--with", "a b"], "'a b' is not the name of a distribution"),
        (["--platform", "solaris/sparc"], "No asset can be built for the platform 'solaris/sparc': it is one of "),
        (["--python", "2.7"], "--python '2.7' is not a version that runs checks: write 3.11 or a newer one"),
        (["--name", "a b"], "'a b' is not a name of letters"),
        (["--version", "../1"], "'../1' is not a version"),
        (["--url-prefix", "/srv"], "'/srv' is not an address"),
    ],
)
def test_bad_words_are_one_sentence(
    capsys: pytest.CaptureFixture[str], project: Path, words: list[str], why: str
) -> None:
    assert why in refused(capsys, project, *words)


@pytest.mark.parametrize(("name", "why"), [("two-words", "cannot be a package"), ("psutil", "has the name of a")])
def test_a_project_of_a_bad_name(capsys: pytest.CaptureFixture[str], project: Path, name: str, why: str) -> None:
    assert why in refused(capsys, project.rename(project.with_name(name)))


def test_a_build_takes_no_file_of_anything_else_for_an_asset(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.json").write_text('{"type": "Namespace", "spec": {"name": "x"}}')
    words = ["--project", str(project), "sensu", "build", "here", "--out", str(tmp_path / "built.json")]
    assert run([*words, "--asset", str(tmp_path / "wrong.json")]) == 2
    assert "wrong.json must hold one Asset and nothing else" in capsys.readouterr().err
    assert not (tmp_path / "built.json").exists()
