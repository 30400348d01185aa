"""Paths that nobody else can change, and root's refusal of projects that others can."""

import os
import struct
import sys
from pathlib import Path

import pytest

from checkwright.core.errors import BadUsage
from checkwright.core.projects import load_project, refuse_foreign_files
from checkwright.core.trusted_path import Untrusted, resolve_trusted

NOBODY = 65_534
OWNERS = (0, os.geteuid())
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def test_a_path_of_ones_own_resolves_through_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    (tmp_path / "other").symlink_to("real")
    (tmp_path / "link").symlink_to(f"{tmp_path}/./other/../other/file")
    assert resolve_trusted(str(tmp_path / "link"), OWNERS) == os.path.realpath(tmp_path / "real" / "file")


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        resolve_trusted(str(tmp_path / "a"), OWNERS)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1775, 0o770])
def test_a_folder_that_the_group_or_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """A sticky folder protects the files of its owner, so it alone is accepted."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "file").touch()
    folder.chmod(mode)
    if mode & 0o1000:
        assert resolve_trusted(str(folder / "file"), OWNERS) == os.path.realpath(folder / "file")
        return
    with pytest.raises(Untrusted) as refused:
        resolve_trusted(str(folder / "file"), OWNERS)
    assert refused.value.place == os.path.realpath(folder)


@as_root
def test_every_hop_of_a_link_is_judged(tmp_path: Path) -> None:
    """The file and the first folder are root's; the folder in between belongs to somebody else."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").touch()
    between = tmp_path / "between"
    between.mkdir()
    (between / "hop").symlink_to(tmp_path / "real" / "file")
    (tmp_path / "link").symlink_to(between / "hop")
    assert resolve_trusted(str(tmp_path / "link"))
    os.chown(between, NOBODY, NOBODY)
    with pytest.raises(Untrusted, match="between"):
        resolve_trusted(str(tmp_path / "link"))
    os.chown(between, 0, 0)
    between.chmod(0o1777)  # in a sticky folder the owner of a link can replace it
    os.chown(between / "hop", NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(Untrusted, match="hop"):
        resolve_trusted(str(tmp_path / "link"))


def project(folder: Path) -> Path:
    made = folder / "trusted_shop"
    (made / "plugins").mkdir(parents=True)
    (made / "plugins" / "mine.py").touch()
    return made


def test_a_projects_file_with_an_access_control_list_is_refused(tmp_path: Path) -> None:
    """With `u:nobody:rw` the bits of the group are the mask rw, although the group itself may only read."""
    made = project(tmp_path)
    entries = [(1, 6, None), (2, 6, NOBODY), (4, 4, None), (16, 6, None), (32, 4, None)]
    packed = b"".join(
        struct.pack("<HHI", tag, rights, 0xFFFFFFFF if who is None else who) for tag, rights, who in entries
    )
    try:
        os.setxattr(made / "plugins" / "mine.py", "system.posix_acl_access", struct.pack("<I", 2) + packed)
    except OSError:
        pytest.skip("no access control lists on this file system")
    with pytest.raises(BadUsage, match=r"mine\.py must be owned and written by root only"):
        refuse_foreign_files(str(made))


@as_root
@pytest.mark.parametrize("place", ["", "plugins", "plugins/mine.py"])
def test_a_projects_file_that_its_group_may_write_is_refused(tmp_path: Path, place: str) -> None:
    """Whichever group it is: root's group may have members."""
    made = project(tmp_path)
    refuse_foreign_files(str(made))
    (made / place).chmod(0o775)
    with pytest.raises(BadUsage, match="must be owned and written by root only"):
        refuse_foreign_files(str(made))


@as_root
def test_a_link_in_a_project_is_judged_with_its_way(tmp_path: Path) -> None:
    made = project(tmp_path)
    (tmp_path / "real.py").touch()
    others = tmp_path / "others"
    others.mkdir()
    (others / "hop.py").symlink_to(tmp_path / "real.py")
    (made / "plugins" / "linked.py").symlink_to(others / "hop.py")
    refuse_foreign_files(str(made))
    os.chown(others, NOBODY, NOBODY)
    with pytest.raises(BadUsage, match="others is writable for others"):
        refuse_foreign_files(str(made))


@as_root
def test_the_way_to_a_project_is_judged(tmp_path: Path) -> None:
    """A project may be named by a link, and the owner of its folder can point it to another project of root's."""
    made = project(tmp_path)
    others = tmp_path / "others"
    others.mkdir()
    (others / "trusted_shop").symlink_to(made)
    os.chown(others, NOBODY, NOBODY)
    with pytest.raises(BadUsage, match="others is writable for others"):
        load_project(str(others / "trusted_shop"))
    assert "trusted_shop" not in sys.modules
