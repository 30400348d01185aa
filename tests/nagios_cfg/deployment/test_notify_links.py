"""Tests of deploy with settings of notifications: they are those of the live version, whatever happens."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nagios_cfg.deployment.build_folder import NotBuilt, read_deployed
from nagios_cfg.deployment.deploy import STEPS, CannotDeploy, Permission, RolledBack, Target, deploy, rollback
from tests.nagios_cfg.deployment.deployments import build_folder, objects
from tests.nagios_cfg.deployment.test_deploy import start, target
from tests.support.nagios import place, scratch

__all__ = ["target"]

ONE = objects("a", "b") | {"../notify/shop.json": '{"one": 1}\n'}
TWO = objects("a", "b", "c") | {"../notify/shop.json": '{"two": 2}\n'}
NONE = objects("a", "b")


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture
def notifying(target: Target, folder: Path) -> Target:
    return replace(target, notify=folder / "etc/notify")


def settings(target: Target) -> str:
    assert target.notify
    return (target.notify / "shop.json").read_text()


def test_settings_change_with_the_version(notifying: Target) -> None:
    deploy(ONE, notifying)
    assert settings(notifying) == '{"one": 1}\n'
    assert notifying.notify
    assert os.readlink(notifying.notify / "shop.json") == f"{notifying.link}/../notify/shop.json"
    deploy(TWO, notifying)
    assert settings(notifying) == '{"two": 2}\n'
    rollback(notifying)
    assert settings(notifying) == '{"one": 1}\n'


def test_settings_alone_are_a_change(notifying: Target) -> None:
    deploy(ONE, notifying)
    assert deploy(ONE | {"../notify/shop.json": "{}\n"}, notifying).changed
    assert settings(notifying) == "{}\n"
    assert not deploy(ONE | {"../notify/shop.json": "{}\n"}, notifying).changed


def test_settings_are_readable_with_a_strict_umask(notifying: Target) -> None:
    mask = os.umask(0o077)
    try:
        deploy(ONE, notifying)
    finally:
        os.umask(mask)
    assert notifying.notify
    modes = {
        path: path.stat().st_mode & 0o777
        for path in (notifying.notify.parent, notifying.notify, notifying.notify / "shop.json")
    }
    assert list(modes.values()) == [0o755, 0o755, 0o644]


def test_version_without_channels_has_no_settings(notifying: Target) -> None:
    deploy(ONE, notifying)
    deploy(NONE, notifying)
    assert notifying.notify
    assert list(notifying.notify.iterdir()) == []
    rollback(notifying)
    assert settings(notifying) == '{"one": 1}\n'


def test_file_by_hand_is_taken_over_with_permission_and_comes_back(notifying: Target) -> None:
    deploy(NONE, notifying)
    assert notifying.notify
    place(notifying.notify / "shop.json", "by hand\n")
    with pytest.raises(CannotDeploy, match=r"shop\.json exists and deploy did not make it: --adopt"):
        deploy(ONE, notifying)
    assert settings(notifying) == "by hand\n"
    deploy(ONE, notifying, Permission(adopt=True))
    assert settings(notifying) == '{"one": 1}\n'
    rollback(notifying)
    assert settings(notifying) == "by hand\n"


def test_edits_of_settings_are_shown_and_kept(notifying: Target) -> None:
    deploy(ONE, notifying)
    assert notifying.notify
    (notifying.notify / "shop.json").write_text("edited\n")
    with pytest.raises(CannotDeploy, match="were edited by hand") as refused:
        deploy(TWO, notifying)
    assert "live/../notify/shop.json" in refused.value.details
    assert "+edited" in refused.value.details
    deploy(TWO, notifying, Permission(overwrite=True))
    assert settings(notifying) == '{"two": 2}\n'


def test_removed_link_comes_back(notifying: Target) -> None:
    deploy(ONE, notifying)
    assert notifying.notify
    (notifying.notify / "shop.json").unlink()
    assert not deploy(ONE, notifying).changed
    assert settings(notifying) == '{"one": 1}\n'


def test_settings_go_back_where_nagios_does_not_load_the_version(notifying: Target) -> None:
    deploy(ONE, notifying)
    status, lock = notifying.main.with_name("status.dat"), notifying.main.with_name("nagios.lock")
    status.write_text(f"programstatus {{\n\tnagios_pid={os.getpid()}\n\tprogram_start=1\n\t}}\n")
    place(notifying.main, notifying.main.read_text() + f"lock_file={lock}\n")
    with pytest.raises(RolledBack, match="is live again"):
        deploy(TWO, replace(notifying, reload=("false",)))
    assert settings(notifying) == '{"one": 1}\n'


def test_settings_are_not_installed_without_a_folder(notifying: Target) -> None:
    done = deploy(ONE, replace(notifying, notify=None))
    assert "notify/shop.json was not installed: copy it to where checkwright-notify reads it" in done.warnings
    assert notifying.notify
    assert not notifying.notify.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is misled")
def test_root_writes_no_settings_into_a_folder_of_others(notifying: Target) -> None:
    assert notifying.notify
    notifying.notify.mkdir(parents=True)
    os.chown(notifying.notify.parent, 65534, 65534)
    with pytest.raises(CannotDeploy, match=r"root writes no settings .*/etc must be owned"):
        deploy(ONE, notifying)
    assert not notifying.link.exists()


def test_strange_file_is_refused(notifying: Target) -> None:
    assert notifying.notify
    notifying.notify.mkdir(parents=True)
    (notifying.notify / "shop.json").symlink_to("/etc/shadow")
    with pytest.raises(CannotDeploy, match=r"shop\.json is no file that deploy can replace"):
        deploy(ONE, notifying, Permission(adopt=True))
    shutil.rmtree(notifying.notify.parent)
    place(notifying.notify.parent, "a file\n")
    with pytest.raises(CannotDeploy, match="etc is not a folder"):
        deploy(ONE, notifying)
    assert not notifying.link.exists()


def test_settings_that_cannot_be_linked_leave_the_old_version(
    notifying: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(NONE, notifying)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "/etc/checkwright")

    monkeypatch.setattr("nagios_cfg.deployment.notify_links.NotifyLinks._install", fail)
    with pytest.raises(CannotDeploy, match="No space left on device"):
        deploy(TWO, notifying)
    assert "c" not in (notifying.link / "hosts/all.cfg").read_text().split()


@pytest.mark.parametrize("step", STEPS)
def test_settings_belong_to_the_live_version_after_a_kill(notifying: Target, folder: Path, step: str) -> None:
    deploy(ONE, notifying)
    files = build_folder(folder / "built", objects("a", "b", "c"), {"shop.json": '{"two": 2}\n'})
    with start(notifying, files, step, "import os; os.kill(os.getpid(), 9)") as process:
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert settings(notifying) == ('{"two": 2}\n' if STEPS.index(step) >= STEPS.index("swapped") else '{"one": 1}\n')


def test_other_files_of_a_build_are_refused(folder: Path) -> None:
    built = build_folder(folder / "built", NONE, {"shop.json": "{}\n"})
    assert read_deployed(built) == NONE | {"../notify/shop.json": "{}\n"}
    with pytest.raises(NotBuilt, match=r"notify/more/shop\.json was not built by checkctl"):
        read_deployed(build_folder(folder / "other", NONE, {"more/shop.json": "{}\n"}))
