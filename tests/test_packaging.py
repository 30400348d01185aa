"""Content of the wheel, and of an installation."""

import configparser
import email.message
import email.parser
import importlib.metadata
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from checkwright.asset.distributions import applies, canonical, parse
from tests.support.imports import PACKAGES
from tests.support.installed import ROOT, installed_bin, installed_venv
from tests.test_architecture import required_by

pytestmark = pytest.mark.packages

FAMILIES = sorted(folder.name for folder in (ROOT / "checks").iterdir() if (folder / "__init__.py").is_file())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run([ROOT / "scripts/build-wheel", folder], stdout=subprocess.PIPE, text=True, check=True)
    return zipfile.ZipFile(built.stdout.strip())


VERSION = re.findall(r"^version = (\S+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)[0]
LAUNCHERS = {f"checkwright-{VERSION}.data/scripts/{file.name}": file for file in (ROOT / "bin").iterdir()}


def requirements_of(metadata: email.message.Message, extra: str) -> list[str]:
    """Return the lines of Requires-Dist that belong to `extra`, or to no extra for ""."""
    return [line for line in metadata.get_all("Requires-Dist", []) if applies(parse(line)[2], extra)]


def required(metadata: email.message.Message, extra: str) -> set[str]:
    return {parse(line)[0] for line in requirements_of(metadata, extra)}


def closure(names: set[str]) -> set[str]:
    """Return these distributions and all that they need, as installed here."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        needed = (parse(line) for line in importlib.metadata.distribution(name).requires or ())
        waiting |= {other for other, _, marker in needed if applies(marker)} - found
    return found


def distributions_of(module: str) -> list[str]:
    found = importlib.metadata.packages_distributions().get(module, [])
    assert found, f"REQUIRES names the module {module}, which no package here has"
    return [canonical(name) for name in found]


def read(wheel: zipfile.ZipFile, name: str) -> str:
    (path,) = (path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    return email.parser.Parser().parsestr(read(wheel, "METADATA"))


def test_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    expected = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {f"{package}/py.typed" for package in PACKAGES} <= expected
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected | set(LAUNCHERS)


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {file.parent for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_name_and_version(metadata: email.message.Message) -> None:
    assert metadata["Name"] == "checkwright"
    assert metadata["Version"] == VERSION
    assert metadata["Requires-Python"] == ">=3.11"


def test_licence(wheel: zipfile.ZipFile, metadata: email.message.Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in read(wheel, "licenses/LICENSE")


def test_every_host_carries_few_packages(metadata: email.message.Message) -> None:
    assert required(metadata, "") == {"nagiosplugin", "psutil", "requests"}


@pytest.mark.parametrize("family", FAMILIES)
def test_family_has_its_packages_in_the_base_or_in_its_extra(family: str, metadata: email.message.Message) -> None:
    base = closure(required(metadata, ""))
    missing = {name for module in required_by(f"checks.{family}.source", ROOT) for name in distributions_of(module)}
    missing -= base
    assert missing <= closure(required(metadata, family)), f"setup.cfg: the extra {family} must bring {missing}"


def test_extras_are_families_with_packages_of_their_own_and_a_few_others(metadata: email.message.Message) -> None:
    extras = set(metadata.get_all("Provides-Extra", []))
    others = {"all", "worker", "tools", "test", "lint", "docs"}
    assert others <= extras
    of_families = extras - others
    assert {family for family in of_families if not required_by(f"checks.{family}.source", ROOT)} == set()
    (everything,) = (parse(line) for line in requirements_of(metadata, "all"))
    assert everything[:2] == ("checkwright", frozenset(of_families | {"worker"})), (
        "setup.cfg: `all` names every family's extra"
    )


def test_commands(wheel: zipfile.ZipFile) -> None:
    entry_points = configparser.ConfigParser()
    entry_points.read_string(read(wheel, "entry_points.txt"))
    assert dict(entry_points["console_scripts"]) == {"checkctl": "checkwright.cli.main:main"}
    assert sorted(file.name for file in LAUNCHERS.values()) == [
        "check",
        "checkwright-batch",
        "checkwright-downtime",
        "checkwright-notify",
        "checkwright-worker",
    ]
    for name, file in LAUNCHERS.items():
        assert wheel.read(name) == file.read_bytes(), "setuptools and pip rewrite a first line with Python"


def test_installation_is_compiled() -> None:
    """Without compiled files each start of a check compiles its modules, since user nagios cannot write there."""
    (packages,) = installed_venv().glob("lib/python3*/site-packages")
    sources = [file for package in PACKAGES for file in (packages / package).rglob("*.py")]
    assert sources != []
    assert [file for file in sources if not list(file.parent.glob(f"__pycache__/{file.stem}.*.pyc"))] == []


def test_user_nagios_can_read_an_installation() -> None:
    venv = installed_venv()
    closed = [path for path in venv.rglob("*") if not path.is_symlink() and not _open_to_others(path)]
    assert closed == []


@pytest.mark.skipif("os.geteuid() != 0", reason="only root puts it where everybody can read")
def test_user_nagios_can_reach_an_installation() -> None:
    assert [folder for folder in installed_venv().parents if not folder.stat().st_mode & 0o001] == []


def test_nothing_runs_at_each_start_of_python() -> None:
    assert list(installed_venv().glob("lib/python3*/site-packages/*.pth")) == []


def test_interpreter_belongs_to_the_system() -> None:
    """User nagios cannot run an interpreter below a home folder."""
    interpreter = (installed_bin() / "python").resolve()
    assert interpreter.is_relative_to("/usr")


def _open_to_others(path: Path) -> bool:
    readable = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & readable == readable
