"""Reading of folders that somebody else may change meanwhile, and the place of the versions."""

import os
from pathlib import Path

import pytest

from nagios_cfg.deployment import file_tree
from nagios_cfg.deployment.build_folder import NotBuilt, read_build
from nagios_cfg.deployment.daemon import Daemon, ReloadFailed
from nagios_cfg.deployment.file_tree import read_tree
from nagios_cfg.deployment.versions import VersionError, Versions
from tests.nagios_cfg.deployment.deployments import build_folder, objects

NOBODY = 65_534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def test_tree_is_read_by_path(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "two.cfg").write_bytes(b"\xff")
    (tmp_path / "a" / "one.cfg").write_text("1")
    assert read_tree(tmp_path, "a") == {"b/two.cfg": "\udcff", "one.cfg": "1"}
    assert read_tree(tmp_path, "") == {"a/b/two.cfg": "\udcff", "a/one.cfg": "1"}


@pytest.mark.parametrize("kind", ["file", "folder", "part"])
def test_link_that_comes_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    built = build_folder(tmp_path / "built", objects("web1"))
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "all.cfg").write_text("# secret\n")
    (secret / "frame.cfg").write_text("# secret\n")
    place = {"file": "nagios/hosts/all.cfg", "folder": "nagios/hosts", "part": "nagios"}[kind]
    target = secret / "all.cfg" if kind == "file" else secret

    def swap(_folder: Path) -> None:
        (built / place).rename(tmp_path / "aside")
        (built / place).symlink_to(target)

    monkeypatch.setattr("nagios_cfg.deployment.build_folder._refuse_links", swap)
    with pytest.raises(NotBuilt, match="cannot be read"):
        read_build(built)


def test_file_that_becomes_a_link_between_the_look_and_the_open_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.cfg").write_text("a")
    (tmp_path / "secret").write_text("secret")
    look = os.stat

    def swapped_after(path: object, **how: object) -> os.stat_result:
        found = look(path, **how)  # type: ignore[arg-type]
        if path == "a.cfg":
            (tmp_path / "tree" / "a.cfg").unlink()
            (tmp_path / "tree" / "a.cfg").symlink_to(tmp_path / "secret")
        return found

    monkeypatch.setattr("os.stat", swapped_after)
    with pytest.raises(OSError, match=r"it is a symbolic link: .*a\.cfg"):
        read_tree(tmp_path / "tree")


def test_file_without_end_is_refused_by_its_size(tmp_path: Path) -> None:
    built = build_folder(tmp_path / "built", objects("web1"))
    with (built / "nagios/frame.cfg").open("w") as file:
        file.truncate(1_500_000_000)
    with pytest.raises(NotBuilt, match=r"frame\.cfg cannot be read: it has more than 64,000,000 bytes"):
        read_build(built)


def test_sum_of_files_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tree, "MAX_ALL", 10)
    (tmp_path / "a").write_text("123456")
    (tmp_path / "b").write_text("123456")
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_tree(tmp_path)


def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is not a file"):
        read_tree(tmp_path)


def test_links_of_a_live_folder_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.cfg").write_text("a")
    live = tmp_path / "live"
    live.mkdir()
    (live / "file.cfg").symlink_to("../real/a.cfg")
    (live / "folder").symlink_to(tmp_path / "real")
    assert read_tree(live, follow=True) == {"file.cfg": "a", "folder/a.cfg": "a"}
    (live / "circle").symlink_to(live)
    with pytest.raises(OSError, match=r"nested too deeply|Too many levels"):
        read_tree(live, follow=True)


@as_root
def test_link_of_another_user_in_a_live_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    live = tmp_path / "live"
    live.mkdir()
    (live / "a.cfg").symlink_to(tmp_path / "secret")
    assert read_tree(live, follow=True) == {"a.cfg": "secret"}
    os.chown(live, NOBODY, NOBODY)
    with pytest.raises(OSError, match="live is writable for others than root"):
        read_tree(live, follow=True)


@as_root
def test_root_deploys_into_no_folder_that_others_may_change(tmp_path: Path) -> None:
    """Its owner could swap the folder of the versions for a link, below which root would write and remove."""
    shared = tmp_path / "shared"
    shared.mkdir()
    Versions(shared / "live").prepare()
    os.chown(shared, NOBODY, NOBODY)
    with pytest.raises(VersionError, match="shared must be owned and written by root only"):
        Versions(shared / "live").prepare()


def test_planted_folder_of_versions_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    versions = Versions(tmp_path / "live")
    versions.home.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VersionError, match=r"\.live\.versions is not a folder: remove it"):
        versions.prepare()
    versions.home.unlink()
    versions.prepare()
    if os.geteuid() == 0:
        os.chown(versions.home, NOBODY, NOBODY)
        with pytest.raises(VersionError, match="was not made by you"):
            versions.prepare()


@as_root
def test_lock_file_of_another_user_names_only_its_own_processes(tmp_path: Path) -> None:
    """Otherwise the user of Nagios could have root signal any process."""
    lock = tmp_path / "nagios.lock"
    lock.write_text(f"{os.getpid()}\n")
    os.chown(lock, NOBODY, NOBODY)
    with pytest.raises(ReloadFailed, match="belongs to another user than the file"):
        Daemon(tmp_path / "status.dat", lock)._signal()


@as_root
@pytest.mark.parametrize("name", ["", "record.json", "written.json.gz"])
def test_root_uses_no_version_that_others_may_change(tmp_path: Path, name: str) -> None:
    """A user who deployed before root took the folder over still owns the versions in it."""
    versions = Versions(tmp_path / "live")
    versions.prepare()
    with versions.attempt() as attempt:
        attempt.stage(objects("a"), "")
        version = attempt.keep()
    assert versions.named(version.name) is not None
    os.chown(version.home / name, NOBODY, NOBODY)
    with pytest.raises(VersionError, match=r"others than root may change .*: remove the link and the version"):
        versions.named(version.name)


def test_mark_of_a_version_follows_no_link(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "live")
    versions.prepare()
    with versions.attempt() as attempt:
        attempt.stage(objects("a"), "")
        version = attempt.keep()
    (version.home / "read-by-nagios").symlink_to(tmp_path / "planted")
    with pytest.raises(OSError, match="symbolic links"):
        versions.mark_loaded(version)
    assert not (tmp_path / "planted").exists()
