"""Debian package of the checks: built twice, read by dpkg-deb, unpacked, and run as user nagios."""

import os
import pwd
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.aws._refusals import PREFIXES
from checkwright.core.catalog import all_checks
from tests.support.nagios import scratch
from tests.support.overlay import run_in_overlay
from tests.support.real import require

ROOT = Path(__file__).parents[1]
services = runpy.run_path(str(ROOT / "scripts/aws-services"))["services"]


def build(folder: Path, *, umask: int = 0o022) -> Path:
    require("dpkg-deb", package="dpkg")
    done = subprocess.run(
        [ROOT / "scripts/build-deb", folder], capture_output=True, text=True, check=False, umask=umask, cwd=os.sep
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    with scratch() as folder:
        yield build(folder / "one")


@pytest.fixture(scope="module")
def unpacked(package: Path) -> Path:
    folder = package.parents[1] / "root"
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    folder.chmod(0o755)
    return folder


def run(unpacked: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of the package, as user nagios where this is root."""
    user = "nagios" if os.geteuid() == 0 and _exists("nagios") else None
    environment = {"PATH": "/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"}
    program = unpacked / "opt/checkwright/bin" / words[0]
    return subprocess.run(
        [program, *words[1:]], capture_output=True, text=True, check=False, user=user, env=environment, cwd=os.sep
    )


def _exists(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


@pytest.mark.packages
@pytest.mark.slow
def test_package_names_its_python_and_holds_no_trace_of_its_build(package: Path, unpacked: Path) -> None:
    fields = ("Package", "Depends", "Architecture")
    found = subprocess.run(["dpkg-deb", "-f", package, *fields], capture_output=True, text=True, check=True).stdout
    assert "Package: checkwright\n" in found
    assert "Depends: python3 (>= 3." in found
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    assert not [line for line in listed.splitlines() if line[0] != "l" and line[8] == "w"]
    assert "__pycache__" not in listed and "/pip/" not in listed and "/setuptools/" not in listed
    home = unpacked / "opt/checkwright"
    assert {path.name for path in (home / "bin").iterdir() if not path.name.startswith("python")} == {
        "check",
        "checkctl",
        "checkwright-batch",
        "checkwright-downtime",
        "checkwright-notify",
        "checkwright-worker",
    }
    assert (home / "bin/checkctl").read_text().startswith("#!/opt/checkwright/bin/python\n")
    assert (home / "bin/python3").is_symlink()
    assert "/tmp" not in (home / "pyvenv.cfg").read_text()


@pytest.mark.packages
@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("check", "dummy"), 0, "DUMMY OK"),
        (
            ("check", "http", "-u", "http://127.0.0.1:9/"),
            2,
            "HTTP CRITICAL: GET http://127.0.0.1:9/: connection refused",
        ),
        (
            ("check", "sqs_backlog", "--queue", "x", "--region", "eu-west-1"),
            3,
            "no AWS credentials for sqs:GetQueueUrl",
        ),
        (("check", "tls_certificate", "--host", "127.0.0.1", "--port", "9"), 2, "refused"),
        (("python", "-m", "checkwright.cli.main"), 0, ""),
        (("checkwright-worker", "--help"), 0, "usage"),
    ],
)
def test_checks_run_from_the_package(unpacked: Path, words: tuple[str, ...], code: int, text: str) -> None:
    done = run(unpacked, *words)
    assert text in done.stdout + done.stderr
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.packages
@pytest.mark.slow
def test_package_has_the_services_of_all_checks_and_no_others(unpacked: Path) -> None:
    names, _ = services()
    data = next((unpacked / "opt/checkwright/lib").glob("python3.*/site-packages/botocore/data"))
    assert {path.name for path in data.iterdir() if path.is_dir()} == names
    code = (
        "import sys, botocore.session\nsession = botocore.session.Session()\n"
        "for name in sys.argv[1:]: session.create_client(name, region_name='eu-west-1')"
    )
    done = run(unpacked, "python", "-I", "-c", code, *sorted(names))
    assert (done.returncode, done.stderr) == (0, "")
    assert names <= set((unpacked / "usr/share/doc/checkwright/README.Debian").read_text().split())


@pytest.mark.packages
@pytest.mark.slow
def test_lintian_finds_nothing_beyond_the_overrides_and_uses_each(package: Path, unpacked: Path) -> None:
    lintian = require("lintian", package="lintian")
    argv = [
        lintian,
        "--no-cfg",
        "--allow-root",
        "--show-overrides",
        "--display-experimental",
        "--display-level",
        ">=warning",
        str(package),
    ]
    found = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.splitlines()
    assert [line for line in found if line.startswith(("E:", "W:"))] == []
    used = {line.split()[2] for line in found if line.startswith("O:")}
    overrides = (unpacked / "usr/share/lintian/overrides/checkwright").read_text().splitlines()
    assert used == {line.split()[1] for line in overrides if not line.startswith("#")}


@pytest.mark.packages
@pytest.mark.slow
def test_copyright_names_the_licence_of_each_package_inside(unpacked: Path) -> None:
    text = (unpacked / "usr/share/doc/checkwright/copyright").read_text()
    (packages,) = unpacked.glob("opt/checkwright/lib/python3.*/site-packages")
    inside = {file.name.partition("-")[0].lower() for file in packages.glob("*.dist-info")} - {"checkwright"}
    named = dict(re.findall(r"^  (\S+) \S+: (.+)$", text, flags=re.MULTILINE))
    assert {re.sub(r"[-.]", "_", name.lower()) for name in named} == inside
    assert [name for name, licence in named.items() if "see its" in licence] == []
    assert named["python-dateutil"] == "BSD License, Apache Software License"


#: Installs the package in a copy of this machine, tries it, upgrades it to itself and removes it.
INSTALL = """
exec 2>&1
find /opt -mindepth 1 -delete
dpkg --install /mnt/checkwright.deb >/dev/null
/mnt/try-installation /opt/checkwright/bin
dpkg --install /mnt/checkwright.deb >/dev/null
find /opt/checkwright -name __pycache__ -type d | grep -q checkwright/core && echo compiled
dpkg --remove checkwright >/dev/null
ls -A /opt
stat -c '%a %U' /opt
dpkg --purge checkwright
ls -d /opt
"""


@pytest.mark.packages
@pytest.mark.slow
def test_installed_it_works_and_removed_it_leaves_an_empty_opt(package: Path, tmp_path: Path) -> None:
    shutil.copy(package, tmp_path / "checkwright.deb")
    shutil.copy(ROOT / "scripts/try-installation", tmp_path)
    first, *rest = run_in_overlay(tmp_path, INSTALL).splitlines()
    assert first.startswith("works: check load")
    assert [line for line in rest if "Purging" not in line and "Reading" not in line] == [
        "compiled",
        "755 root",
        "/opt",
    ]


@pytest.mark.packages
@pytest.mark.slow
def test_equal_sources_make_equal_bytes(package: Path) -> None:
    again = build(package.parents[1] / "two", umask=0o077)
    assert again.name == package.name
    assert again.read_bytes() == package.read_bytes()


def test_services_cover_the_actions_of_all_checks() -> None:
    names, computed = services()
    assert computed == []
    reached = {PREFIXES.get(name, name) for name in names}
    actions = {action for found in all_checks() for action in getattr(found.load(), "actions", ())}
    assert actions
    assert {action.partition(":")[0] for action in actions} - reached - {"es"} == set()


@pytest.mark.parametrize(
    ("line", "names", "computed"),
    [
        ('self.aws.pages("glue", "GetJobs", "x", w)', {"glue"}, []),
        ("self.aws.ask(self.service, 'X', 'y', w)", set(), ["checks/new/new.py:2"]),
        ("self.http.ask('hello')", set(), []),
    ],
)
def test_service_of_a_new_check_is_found(tmp_path: Path, line: str, names: set[str], computed: list[str]) -> None:
    (tmp_path / "checks/new").mkdir(parents=True)
    (tmp_path / "checks/new/new.py").write_text(f"def probe(self, w):  # aws\n    {line}\n")
    found = services(tmp_path)
    assert (found[0] - {"signin", "sso", "sso-oidc", "sts"}, found[1]) == (names, computed)


def test_wrong_usage_is_one_sentence() -> None:
    bash = shutil.which("bash") or "bash"
    done = subprocess.run([bash, ROOT / "scripts/build-deb"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: usage: scripts/build-deb FOLDER [--aws SERVICE,...]\n")
