"""Tests of deploy and rollback with the real `nagios4 -v`: refusals, versions, and a kill at each step."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nagios_cfg.deployment.build_folder import NotBuilt, digest, read_build
from nagios_cfg.deployment.daemon import SIGNAL
from nagios_cfg.deployment.deploy import STEPS, CannotDeploy, ConfirmationRequired, Permission, Target, deploy, rollback
from tests.nagios_cfg.deployment.deployments import build_folder, files_in, objects
from tests.support.installed import ROOT
from tests.support.nagios import place, scratch
from tests.support.real import require

OLD = objects("a", "b")
NEW = objects("a", "b", "c")


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture
def target(folder: Path) -> Target:
    """Return a target without reload. Its main configuration includes the link by a relative path."""
    for name in ("results", "tmp"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    main = place(
        folder / "nagios.cfg",
        "cfg_dir=live\n"
        f"log_file={folder}/tmp/nagios.log\n"
        f"check_result_path={folder}/results\n"
        "temp_path=tmp\n"
        f"status_file={folder}/status.dat\n"
        "illegal_object_name_chars=`~!$%^&*|'\"<>?,()=\n",
    )
    return Target(folder / "live", main, require("nagios4", package="nagios4-core"), ())


def versions(target: Target) -> list[str]:
    return sorted(path.name for path in (target.link.parent / ".live.versions").iterdir())


def test_deploy_makes_a_version_and_points_the_link_to_it(target: Target) -> None:
    first = deploy(OLD, target)
    assert files_in(target.link) == OLD
    second = deploy(NEW, target)
    assert files_in(target.link) == NEW
    assert os.readlink(target.link) == f".live.versions/{second.version}/nagios"
    assert versions(target) == sorted([first.version, second.version, "lock"])


def test_deploy_of_the_same_files_changes_nothing(target: Target) -> None:
    first = deploy(OLD, target)
    again = deploy(OLD, target)
    assert (again.version, again.changed) == (first.version, False)


def test_files_are_readable_with_a_strict_umask(target: Target) -> None:
    mask = os.umask(0o077)
    try:
        deploy(OLD, target)
    finally:
        os.umask(mask)
    assert {oct(path.stat().st_mode & 0o777) for path in target.link.rglob("*.cfg")} == {"0o644"}
    assert (target.link / "hosts").stat().st_mode & 0o777 == 0o755


def test_files_that_nagios_refuses_are_not_deployed(target: Target) -> None:
    deploy(OLD, target)
    before = versions(target)
    broken = NEW | {"broken.cfg": NEW["hosts/all.cfg"].replace("   fine", "   absent").replace(" c\n", " d\n")}
    with pytest.raises(CannotDeploy, match=r"nagios4 -v refuses .*nagios\.cfg with these files") as refused:
        deploy(broken, target)
    assert "Error: " in refused.value.details
    assert files_in(target.link) == OLD
    assert versions(target) == before


def test_rollback_goes_back_version_by_version(target: Target) -> None:
    third = objects("a", "b", "c", "d")
    for files in (OLD, NEW, third):
        deploy(files, target)
    rollback(target)
    assert files_in(target.link) == NEW
    rollback(target)
    assert files_in(target.link) == OLD
    with pytest.raises(CannotDeploy, match=r"no version before .* is kept"):
        rollback(target)
    assert files_in(target.link) == OLD


def test_rollback_skips_a_version_that_was_rolled_back(target: Target) -> None:
    for files in (OLD, NEW):
        deploy(files, target)
    rollback(target)
    deploy(objects("a", "b", "x"), target)
    rollback(target)
    assert files_in(target.link) == OLD


def test_old_versions_are_pruned(target: Target) -> None:
    few = replace(target, keep=2)
    made = [deploy(objects(*"ab", f"h{number}"), few, Permission(share=1)).version for number in range(5)]
    assert versions(target) == sorted([*made[-3:], "lock"])


def test_rollback_without_a_link_is_refused(target: Target) -> None:
    with pytest.raises(CannotDeploy, match="no version to roll back to"):
        rollback(target)


def test_great_loss_requires_a_confirmation(target: Target) -> None:
    deploy(NEW, target)
    with pytest.raises(ConfirmationRequired, match=r"more than 10% .*\(3 to 2 hosts, 3 to 2 services\)") as question:
        deploy(OLD, target)
    assert question.value.as_json() == {
        "question": str(question.value),
        "digest": digest(OLD),
        "known": True,
        "before": {"hosts": 3, "services": 3},
        "after": {"hosts": 2, "services": 2},
        "lost": {"hosts": ["c"], "services": ["c: disk"]},
    }
    assert files_in(target.link) == NEW
    with pytest.raises(CannotDeploy, match="digest of other files"):
        deploy(OLD, target, Permission(confirmed="0" * 64))
    deploy(OLD, target, Permission(confirmed=digest(OLD)))
    assert files_in(target.link) == OLD


def test_replaced_host_is_a_loss(target: Target) -> None:
    deploy(OLD, target)
    with pytest.raises(ConfirmationRequired):
        deploy(objects("a", "z"), target)


def test_permitted_loss_can_be_set(target: Target) -> None:
    deploy(NEW, target)
    deploy(OLD, target, Permission(share=0.5))
    assert files_in(target.link) == OLD


def test_unmanaged_folder_is_adopted_only_with_permission(target: Target) -> None:
    by_hand = {"by-hand.cfg": "define command{\n\tcommand_name\tx\n \tcommand_line\ty\n}\n", "README": "by hand\n"}
    for path, text in by_hand.items():
        place(target.link / path, text)
    with pytest.raises(CannotDeploy, match="--adopt"):
        deploy(OLD, target)
    with pytest.raises(ConfirmationRequired, match="cannot count what is lost"):
        deploy(OLD, target, Permission(adopt=True))
    assert files_in(target.link) == by_hand
    assert not target.link.is_symlink()
    deploy(OLD, target, Permission(adopt=True, confirmed=digest(OLD)))
    assert files_in(target.link) == OLD
    deploy(NEW, replace(target, keep=1))
    deploy(objects(*"abcd"), replace(target, keep=1))
    kept = [files_in(path) for path in (target.link.parent / ".live.versions").glob("*/nagios")]
    assert by_hand in kept, "the only copy was pruned"


def test_rollback_returns_to_an_adopted_folder(target: Target) -> None:
    for path, text in OLD.items():
        place(target.link / path, text)
    deploy(NEW, target, Permission(adopt=True))
    rollback(target)
    assert files_in(target.link) == OLD


def test_unmanaged_link_is_adopted(target: Target, folder: Path) -> None:
    for path, text in OLD.items():
        place(folder / "elsewhere" / path, text)
    target.link.symlink_to("elsewhere")
    with pytest.raises(CannotDeploy, match="--adopt"):
        deploy(NEW, target)
    deploy(NEW, target, Permission(adopt=True))
    assert files_in(target.link) == NEW
    rollback(target)
    assert files_in(target.link) == OLD
    assert files_in(folder / "elsewhere") == OLD


def test_edits_by_hand_are_shown_and_kept(target: Target) -> None:
    deploy(OLD, target)
    edited = (target.link / "hosts/all.cfg").read_text().replace("127.0.0.1", "127.0.0.2", 1)
    place(target.link / "hosts/all.cfg", edited)
    acts: tuple[Callable[[], object], ...] = (lambda: deploy(NEW, target), lambda: rollback(target))
    for act in acts:
        with pytest.raises(CannotDeploy, match="edited by hand") as refused:
            act()
        assert "--- deployed/hosts/all.cfg" in refused.value.details
        assert "-    address              127.0.0.1" in refused.value.details
        assert "+    address              127.0.0.2" in refused.value.details
    assert files_in(target.link)["hosts/all.cfg"] == edited
    deploy(OLD, target, Permission(overwrite=True))
    assert files_in(target.link) == OLD


def test_damaged_record_can_be_removed(target: Target) -> None:
    deploy(OLD, target)
    record = target.link.resolve().parent / "record.json"
    record.write_text("{")
    with pytest.raises(CannotDeploy, match=r"record\.json is damaged: remove it, then deploy with --adopt"):
        deploy(NEW, target)
    record.unlink()
    deploy(NEW, target, Permission(adopt=True))
    rollback(target)
    assert files_in(target.link) == OLD


def test_damaged_texts_hide_no_edits(target: Target) -> None:
    deploy(OLD, target)
    (target.link.resolve().parent / "written.json.gz").write_bytes(b"no")
    place(target.link / "more.cfg", "# by hand\n")
    with pytest.raises(CannotDeploy, match="the live files were edited: use --overwrite"):
        deploy(NEW, target)
    deploy(NEW, target, Permission(overwrite=True))
    assert files_in(target.link) == NEW


def _no_folder(target: Target) -> Target:
    main = place(target.main.with_name("other.cfg"), f"cfg_dir={target.link.parent}/absent/live\n")
    return replace(target, link=target.link.parent / "absent/live", main=main)


def _file(target: Target) -> Target:
    place(target.link, "a file\n")
    return target


def _nowhere(target: Target) -> Target:
    target.link.symlink_to("nowhere")
    return target


def _not_included(target: Target) -> Target:
    target.main.write_text("# nothing\n")
    return target


def _twice(target: Target) -> Target:
    target.main.write_text(f"cfg_dir=live\ncfg_dir={target.link.parent}\n")
    return target


def _twice_by_a_link(target: Target) -> Target:
    target.link.parent.joinpath("up").symlink_to(".")
    target.main.write_text("cfg_dir=live\ncfg_dir=up\n")
    return target


def _no_main(target: Target) -> Target:
    return replace(target, main=target.main.with_name("absent.cfg"))


def _stopped(target: Target) -> Target:
    return replace(target, reload=("true",))


def _unwatchable(target: Target) -> Target:
    target.main.write_text("cfg_dir=live\n")
    return _stopped(target)


def _in_the_foreground(target: Target) -> Target:
    status = target.main.with_name("status.dat")
    status.write_text(f"programstatus {{\n\tnagios_pid={os.getpid()}\n\tprogram_start=1\n\t}}\n")
    target.main.write_text(f"cfg_dir=live\nstatus_file={status}\nlock_file={status.with_name('absent.lock')}\n")
    return replace(target, reload=SIGNAL)


REFUSED = {
    "its folder is missing": (_no_folder, "No such file or directory"),
    "a file is there": (_file, "is not a folder: remove it"),
    "a link to nowhere": (_nowhere, "is a broken link: remove it"),
    "not included": (_not_included, "add the line cfg_dir="),
    "included twice": (_twice, "includes .* twice, by itself and in"),
    "included twice, by a link": (_twice_by_a_link, "includes .* twice, by itself and in"),
    "no main configuration": (_no_main, r"absent.cfg cannot be read \(No such file or directory\)"),
    "no status file": (_unwatchable, "sets no status_file, which shows the reload"),
    "Nagios is stopped": (_stopped, "no running Nagios writes .*--reload none"),
    "no process to signal": (_in_the_foreground, "lock_file of .* contains no process number.*--reload"),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_deploy_refuses(target: Target, make: Callable[[Target], Target], why: str) -> None:
    wrong = make(target)
    with pytest.raises(CannotDeploy, match=why):
        deploy(OLD, wrong)
    assert not wrong.link.is_dir()


IN_A_PROCESS = """
import sys
from pathlib import Path
from nagios_cfg.deployment.build_folder import read_deployed
from nagios_cfg.deployment.deploy import CannotDeploy, Permission, Target, deploy
build, link, main, nagios, at, action = sys.argv[1:]
def on_step(step):
    if step == at:
        exec(action)
try:
    deploy(read_deployed(Path(build)), Target(Path(link), Path(main), nagios, ()), Permission(adopt=True), on_step)
except CannotDeploy as error:
    sys.exit(str(error))
"""


def start(target: Target, files: Path, at: str, action: str, **options: object) -> subprocess.Popen[str]:
    """Start a process that deploys and runs `action` (Python code) at a step."""
    argv = [sys.executable, "-c", IN_A_PROCESS, files, target.link, target.main, target.nagios, at, action]
    return subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("start_from", ["version", "folder"])
@pytest.mark.parametrize("step", STEPS)
def test_kill_leaves_the_old_or_the_new_version(target: Target, folder: Path, step: str, start_from: str) -> None:
    if start_from == "version":
        deploy(OLD, target)
    else:
        for path, text in OLD.items():
            place(target.link / path, text)
    files = build_folder(folder / "built", NEW)
    with start(target, files, step, "import os; os.kill(os.getpid(), 9)") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors
    assert files_in(target.link) == (NEW if STEPS.index(step) >= STEPS.index("swapped") else OLD)
    newest = objects("a", "b", "c", "d")
    deploy(newest, target, Permission(adopt=True))
    assert files_in(target.link) == newest
    assert [name for name in versions(target) if name.startswith(".")] == []
    rollback(target)
    assert files_in(target.link) in (OLD, NEW)


def test_second_deployment_waits_or_is_refused(target: Target, folder: Path) -> None:
    files = build_folder(folder / "built", OLD)
    started, proceed = folder / "there", folder / "go"
    action = "import os, time\nopen({!r}, 'w').close()\nwhile not os.path.exists({!r}): time.sleep(.02)"
    with start(target, files, "staged", action.format(str(started), str(proceed))) as process:
        try:
            deadline = time.monotonic() + 60
            while not started.exists():
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            with pytest.raises(CannotDeploy, match=rf"is running \(process {process.pid} of .*--wait SECONDS"):
                deploy(NEW, target)
            with start(target, build_folder(folder / "new", NEW), "none", "") as other:
                _, errors = other.communicate(timeout=60)
            assert f"process {process.pid}" in errors
            proceed.touch()
            deploy(NEW, replace(target, wait=60))
        finally:
            proceed.touch()
            assert process.wait(60) == 0
    assert files_in(target.link) == NEW


def test_full_disk_is_one_sentence_and_leaves_nothing(target: Target, folder: Path) -> None:
    deploy(OLD, target)
    before = versions(target)
    files = build_folder(folder / "built", NEW | {"large.cfg": "# " + "x" * 100_000 + "\n"})

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    with start(target, files, "none", "", preexec_fn=full) as process:
        _, errors = process.communicate(timeout=60)
    assert errors.startswith("cannot deploy to ")
    assert "File too large" in errors
    assert errors.count("\n") == 1
    assert files_in(target.link) == OLD
    assert versions(target) == before


def test_incomplete_build_folder_is_refused(folder: Path) -> None:
    files = build_folder(folder / "built", OLD)
    assert read_build(files) == OLD
    place(files / "nagios/more.cfg", "")
    with pytest.raises(NotBuilt, match=r"nagios/more\.cfg was not built by checkctl"):
        read_build(files)
    (files / "nagios/more.cfg").unlink()
    (files / "nagios/frame.cfg").unlink()
    with pytest.raises(NotBuilt, match=r"is incomplete, nagios/frame\.cfg is missing"):
        read_build(files)
    (files / ".checkwright").unlink()
    with pytest.raises(NotBuilt, match="was not built by checkctl nagios build"):
        read_build(files)


def test_build_for_another_server_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".checkwright").write_text("Files:\nicinga/hosts.conf\n")
    (tmp_path / "icinga").mkdir()
    (tmp_path / "icinga/hosts.conf").write_text("")
    with pytest.raises(NotBuilt, match="no object files of Nagios: name a folder that checkctl nagios build wrote"):
        read_build(tmp_path)


def test_link_in_a_build_folder_is_refused(folder: Path) -> None:
    files = build_folder(folder / "built", OLD)
    secret = place(folder / "secret", "secret\n", mode=0o600)
    (files / "nagios/frame.cfg").unlink()
    (files / "nagios/frame.cfg").symlink_to(secret)
    with pytest.raises(NotBuilt, match=r"frame\.cfg is a symbolic link"):
        read_build(files)
