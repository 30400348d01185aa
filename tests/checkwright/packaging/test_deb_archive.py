"""Debian packages that this project writes itself, as dpkg reads them."""

import subprocess
from pathlib import Path

import pytest

from checkwright.packaging.deb_archive import DebControl, deb_archive
from tests.support.real import require

CONTROL = DebControl(
    "checkwright-shop-qa",
    "0.1~x-1",
    "checks of shop\nFirst.\n\nLast.",
    depends="checkwright",
    conflicts="checkwright-shop",
)
FILES = {
    "/usr/share/checkwright/shop/qa/nrpe/roles/linux.cfg": b"command[a]=b\n",
    "/opt/checkwright/projects/shop/__init__.py": b"",
    "/opt/checkwright/projects/shop/" + "long" * 30 + ".py": "p\u00e9".encode(),
}


def dpkg(*words: str | Path) -> str:
    argv = [require("dpkg-deb", package="dpkg"), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_dpkg_reads_the_package(tmp_path: Path) -> None:
    file = tmp_path / "a.deb"
    file.write_bytes(deb_archive(CONTROL, FILES, 1_700_000_000))
    assert dpkg("-f", file).splitlines() == [
        "Package: checkwright-shop-qa",
        "Version: 0.1~x-1",
        "Architecture: all",
        "Maintainer: checkwright <root@localhost>",
        "Installed-Size: 1",
        "Depends: checkwright",
        "Conflicts: checkwright-shop",
        "Section: net",
        "Priority: optional",
        "Description: checks of shop",
        " First.",
        " .",
        " Last.",
    ]
    listed = dpkg("-c", file).splitlines()
    assert all(line.split()[1] == "root/root" and "2023-11-14" in line for line in listed)
    assert {line[:10] for line in listed} == {"drwxr-xr-x", "-rw-r--r--"}
    dpkg("-x", file, tmp_path / "root")
    for path, content in FILES.items():
        assert (tmp_path / "root" / path.lstrip("/")).read_bytes() == content


def test_files_have_their_modes(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(deb_archive(CONTROL, FILES, 0, {next(iter(FILES)): 0o440}))
    assert sorted(line[:10] for line in dpkg("-c", tmp_path / "a.deb").splitlines() if line[0] == "-") == [
        "-r--r-----",
        "-rw-r--r--",
        "-rw-r--r--",
    ]


def test_sums_of_the_files_are_right(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(deb_archive(CONTROL, FILES, 0))
    dpkg("-R", tmp_path / "a.deb", tmp_path / "root")
    sums = (tmp_path / "root/DEBIAN/md5sums").read_text()
    assert len(sums.splitlines()) == len(FILES)
    subprocess.run(
        ["md5sum", "--check", "--strict", "--quiet"], input=sums, text=True, cwd=tmp_path / "root", check=True
    )


def test_equal_content_gives_equal_bytes() -> None:
    again = dict(reversed(FILES.items()))
    assert deb_archive(CONTROL, FILES, 5) == deb_archive(CONTROL, again, 5)
    assert deb_archive(CONTROL, FILES, 5) != deb_archive(CONTROL, FILES, 6)


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_dpkg_installs_packages_of_any_size(tmp_path: Path, count: int) -> None:
    files = {f"/usr/share/x/{number}/{number}": b"x" * number for number in range(count)}
    (tmp_path / "a.deb").write_bytes(deb_archive(DebControl("x", "1", "x"), files, 0))
    listed = dpkg("-c", tmp_path / "a.deb").splitlines()
    assert len([line for line in listed if line[0] == "-"]) == count
