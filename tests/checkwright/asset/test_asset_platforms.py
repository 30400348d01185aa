"""Assets for processors and Pythons other than this one's, out of wheels that pip finds in a folder.

The wheels are stand-ins of the versions that are installed here: what is proved is which are chosen and where they
go. No machine of another processor runs here.
"""

import json
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, version
from pathlib import Path

import pytest

from checkwright.asset import distributions, platforms, wheels
from checkwright.cli.main import run
from checkwright.core.errors import CannotDo

pytestmark = pytest.mark.packages

HERE = platforms.here()
VERSION = version("checkwright")
#: A processor that this machine does not have, in Sensu's words, uname's, and those of compiled modules.
ARCH, MACHINE, ABI = (
    ("arm64", "aarch64", "aarch64-linux-gnu") if HERE.arch != "arm64" else ("amd64", "x86_64", "x86_64-linux-gnu")
)
MINOR = HERE.pythons[0].minor


def compiled() -> list[Distribution]:
    """Requirements of checkwright, and those that are compiled for this platform."""
    (other,) = platforms.selected((f"linux/{ARCH}",), ())
    needed = distributions.resolve((), "checkwright").values()
    return [one for one in needed if not wheels.fits(one, other, other.pythons[0])]


def add_wheel(folder: Path, of: Distribution, tag: str, files: dict[str, bytes]) -> None:
    """A wheel of a distribution's name and version with other files in it."""
    name = of.metadata["Name"].replace("-", "_")
    info = f"{name}-{of.version}.dist-info"
    texts = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {of.metadata['Name']}\nVersion: {of.version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }
    content = files | {path: text.encode() for path, text in texts.items()}
    with zipfile.ZipFile(folder / f"{name}-{of.version}-{tag}.whl", "w") as wheel:
        for path, data in content.items():
            wheel.writestr(path, data)
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD")))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows, with wheels for two Pythons of another processor."""
    folder = tmp_path / "index"
    folder.mkdir()
    for one in compiled():
        for minor in (MINOR, MINOR + 1):
            name = one.metadata["Name"].replace("-", "_")
            files = {f"{name}_native.cpython-3{minor}-{ABI}.so": f"{name} {minor}".encode(), f"{name}_x.py": b"x = 1\n"}
            add_wheel(folder, one, f"cp3{minor}-cp3{minor}-manylinux_2_17_{MACHINE}", files)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def build(out: Path, *words: str) -> int:
    project = out.parent / "empty"
    project.mkdir(exist_ok=True)
    given = ["--project", str(project), "sensu", "asset", "--out", str(out), "--url-prefix", "https://a.example"]
    return run([*given, *words])


def test_an_asset_for_another_processor_and_two_pythons(index: Path, tmp_path: Path) -> None:
    words = ["--platform", f"linux/{ARCH}", "--python", f"3.{MINOR}", "--python", f"3.{MINOR + 1}"]
    assert build(tmp_path / "out", *words) == 0
    assert build(tmp_path / "again", *words) == 0
    other = f"linux_{ARCH}_cp3{MINOR}.cp3{MINOR + 1}"
    spec = json.loads((tmp_path / "out/checkwright.json").read_text())["spec"]
    assert {one["url"].partition(f"_{VERSION}_")[2]: one["filters"] for one in spec["builds"]} == {
        f"{other}.tar.gz": ["entity.system.os == 'linux'", f"entity.system.arch == '{ARCH}'"],
    }
    archive = tmp_path / f"out/checkwright_{VERSION}_{other}.tar.gz"
    assert archive.read_bytes() == (tmp_path / "again" / archive.name).read_bytes(), "equal to the byte"

    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", unpacked], check=True)
    present = {path.name for path in (unpacked / "lib").rglob("*.so")}
    names = {one.metadata["Name"].replace("-", "_") for one in compiled()}
    assert present == {f"{name}_native.cpython-3{minor}-{ABI}.so" for name in names for minor in (MINOR, MINOR + 1)}
    assert (unpacked / "lib/nagiosplugin/__init__.py").is_file()
    assert len(list((unpacked / "lib/checkwright/core/__pycache__").glob(f"run.cpython-3{MINOR}.pyc"))) == 1
    refused = subprocess.run(
        ["env", "-i", f"PATH={Path(sys.executable).parent}:/usr/bin:/bin", unpacked / "bin/check", "disk"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (refused.returncode, refused.stderr, refused.stdout.count("\n")) == (3, "", 1)
    assert f"this asset was built for cpython-3{MINOR}-{ABI} and cpython-3{MINOR + 1}-{ABI}: use" in refused.stdout


def test_an_asset_for_several_pythons_runs_here(index: Path, tmp_path: Path) -> None:
    here = [one for one in compiled() if not wheels.fits(one, HERE, platforms.Python(MINOR + 1, ""))]
    for one in here:
        name = one.metadata["Name"].replace("-", "_")
        machine = platforms.MACHINES[HERE.arch][0]
        tag = f"cp3{MINOR + 1}-cp3{MINOR + 1}-manylinux_2_17_{machine}"
        add_wheel(index, one, tag, {f"{name}_native.cpython-3{MINOR + 1}.so": b""})
    assert build(tmp_path / "out", "--python", f"3.{MINOR}", "--python", f"3.{MINOR + 1}") == 0
    (archive,) = (tmp_path / "out").glob("*.tar.gz")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path / "unpacked"], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    path = f"{tmp_path}/unpacked/bin:{tmp_path}/bin:/usr/bin:/bin"
    ran = subprocess.run(
        ["env", "-i", f"PATH={path}", "check", "dummy"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("DUMMY OK")


def test_without_wheels_it_is_one_sentence_and_nothing_is_written(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wheel in index.glob("*.whl"):
        wheel.unlink()
    assert build(tmp_path / "out", "--platform", f"linux/{ARCH}") == 2
    printed = capsys.readouterr().err.splitlines()[-1]
    assert printed.startswith("checkctl: pip found no wheels of ")
    assert printed.endswith("Check the access to an index, or set PIP_FIND_LINKS to a folder with the wheels.")
    assert not (tmp_path / "out").exists()


def test_wheels_that_two_pythons_cannot_share_are_refused(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = compiled()[0]
    name = one.metadata["Name"].replace("-", "_")
    tag = f"cp3{MINOR + 1}-cp3{MINOR + 1}-manylinux_2_17_{MACHINE}"
    add_wheel(index, one, tag, {f"{name}_x.py": b"x = 2\n"})
    words = ["--platform", f"linux/{ARCH}", "--python", f"3.{MINOR}", "--python", f"3.{MINOR + 1}"]
    assert build(tmp_path / "out", *words) == 2
    assert f"for Python 3.{MINOR + 1} and an older one differ in {name}_x.py" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["linux", "windows/amd64", "linux/", "linux_arm64_cp311", "LINUX/amd64"])
def test_platforms_that_are_none(name: str) -> None:
    with pytest.raises(CannotDo, match="No asset can be built for the platform"):
        platforms.selected((name,), ())


@pytest.mark.parametrize("version", ["3", "3.10", "4.11", "3.11.2", "cp311", ""])
def test_versions_that_are_none(version: str) -> None:
    with pytest.raises(CannotDo, match="is not a version that runs checks"):
        platforms.selected((), (version,))


def test_platforms_once_each_and_pythons_in_order() -> None:
    found = platforms.selected(("linux/ppc64le", "linux/386", "linux/ppc64le"), ("3.13", "3.12", "3.13"))
    assert [str(one) for one in found] == ["linux_ppc64le_cp312.cp313", "linux_386_cp312.cp313"]
    assert [python.abi for python in found[0].pythons] == [
        ".cpython-312-powerpc64le-linux-gnu.so",
        ".cpython-313-powerpc64le-linux-gnu.so",
    ]


def test_the_name_of_this_platform_is_that_of_the_python_here() -> None:
    assert platforms.selected((), ()) == (HERE,)
    assert HERE.pythons[0].tag == f"cp3{sys.version_info.minor}"
