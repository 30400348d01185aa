"""Deploying to a folder that `nagios4 -v` judges: what is refused, kept and rolled back, and kills at each step."""

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

from nagios_cfg.deployment.build_folder import NotBuilt, digest, read_built
from nagios_cfg.deployment.daemon import SIGNAL
from nagios_cfg.deployment.deploy import STEPS, CannotDeploy, NeedsWord, Permission, Target, deploy, rollback
from tests.nagios_cfg.deployment.deployments import built, held, objects
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
    """A target whose main configuration names the link by a relative path; nothing is reloaded."""
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


def beside(target: Target) -> list[str]:
    return sorted(path.name for path in (target.link.parent / ".live.versions").iterdir())


def test_the_first_and_the_next(target: Target) -> None:
    first = deploy(OLD, target)
    assert held(target.link) == OLD
    second = deploy(NEW, target)
    assert held(target.link) == NEW
    assert os.readlink(target.link) == f".live.versions/{second.version}/nagios"
    assert beside(target) == sorted([first.version, second.version, "lock"])


def test_the_same_again_changes_nothing(target: Target) -> None:
    first = deploy(OLD, target)
    again = deploy(OLD, target)
    assert (again.version, again.changed) == (first.version, False)


def test_nagios_can_read_what_a_strict_umask_wrote(target: Target) -> None:
    mask = os.umask(0o077)
    try:
        deploy(OLD, target)
    finally:
        os.umask(mask)
    assert {oct(path.stat().st_mode & 0o777) for path in target.link.rglob("*.cfg")} == {"0o644"}
    assert (target.link / "hosts").stat().st_mode & 0o777 == 0o755


def test_what_nagios_refuses_is_not_deployed(target: Target) -> None:
    deploy(OLD, target)
    before = beside(target)
    broken = NEW | {"broken.cfg": NEW["hosts/all.cfg"].replace("   fine", "   absent").replace(" c\n", " d\n")}
    with pytest.raises(CannotDeploy, match=r"nagios4 -v refuses .*nagios\.cfg with these files") as refused:
        deploy(broken, target)
    assert "Error: " in refused.value.details
    assert held(target.link) == OLD
    assert beside(target) == before


def test_back_and_further_back(target: Target) -> None:
    third = objects("a", "b", "c", "d")
    for files in (OLD, NEW, third):
        deploy(files, target)
    rollback(target)
    assert held(target.link) == NEW
    rollback(target)
    assert held(target.link) == OLD
    with pytest.raises(CannotDeploy, match=r"no version before .* is kept"):
        rollback(target)
    assert held(target.link) == OLD


def test_after_a_rollback_the_way_back_skips_what_was_left(target: Target) -> None:
    for files in (OLD, NEW):
        deploy(files, target)
    rollback(target)
    deploy(objects("a", "b", "x"), target)
    rollback(target)
    assert held(target.link) == OLD


def test_only_so_many_versions_are_kept(target: Target) -> None:
    few = replace(target, keep=2)
    versions = [deploy(objects(*"ab", f"h{number}"), few, Permission(share=1)).version for number in range(5)]
    assert beside(target) == sorted([*versions[-3:], "lock"])


def test_without_a_link_there_is_nothing_to_go_back_to(target: Target) -> None:
    with pytest.raises(CannotDeploy, match="nothing to go back to"):
        rollback(target)


def test_a_great_loss_is_asked_about(target: Target) -> None:
    deploy(NEW, target)
    with pytest.raises(NeedsWord, match=r"more than 10% .*\(3 to 2 hosts, 3 to 2 services\)") as asked:
        deploy(OLD, target)
    assert asked.value.as_json() == {
        "question": str(asked.value),
        "digest": digest(OLD),
        "known": True,
        "before": {"hosts": 3, "services": 3},
        "after": {"hosts": 2, "services": 2},
        "lost": {"hosts": ["c"], "services": ["c: disk"]},
    }
    assert held(target.link) == NEW
    with pytest.raises(CannotDeploy, match="digest of other files"):
        deploy(OLD, target, Permission(confirmed="0" * 64))
    deploy(OLD, target, Permission(confirmed=digest(OLD)))
    assert held(target.link) == OLD


def test_a_host_that_takes_the_place_of_another_is_a_loss_too(target: Target) -> None:
    deploy(OLD, target)
    with pytest.raises(NeedsWord):
        deploy(objects("a", "z"), target)


def test_how_great_a_loss_may_be_is_settable(target: Target) -> None:
    deploy(NEW, target)
    deploy(OLD, target, Permission(share=0.5))
    assert held(target.link) == OLD


def test_a_folder_of_somebody_else_is_adopted_only_when_told(target: Target) -> None:
    theirs = {"theirs.cfg": "define command{\n\tcommand_name\tx\n \tcommand_line\ty\n}\n", "README": "by hand\n"}
    for path, text in theirs.items():
        place(target.link / path, text)
    with pytest.raises(CannotDeploy, match="--adopt"):
        deploy(OLD, target)
    with pytest.raises(NeedsWord, match="nobody counted what is lost"):
        deploy(OLD, target, Permission(adopt=True))
    assert held(target.link) == theirs
    assert not target.link.is_symlink()
    deploy(OLD, target, Permission(adopt=True, confirmed=digest(OLD)))
    assert held(target.link) == OLD
    deploy(NEW, replace(target, keep=1))
    deploy(objects(*"abcd"), replace(target, keep=1))
    kept = [held(path) for path in (target.link.parent / ".live.versions").glob("*/nagios")]
    assert theirs in kept, "somebody's only copy was tidied away"


def test_back_to_what_was_adopted(target: Target) -> None:
    for path, text in OLD.items():
        place(target.link / path, text)
    deploy(NEW, target, Permission(adopt=True))
    rollback(target)
    assert held(target.link) == OLD


def test_a_link_to_somewhere_else_is_adopted_too(target: Target, folder: Path) -> None:
    for path, text in OLD.items():
        place(folder / "elsewhere" / path, text)
    target.link.symlink_to("elsewhere")
    with pytest.raises(CannotDeploy, match="--adopt"):
        deploy(NEW, target)
    deploy(NEW, target, Permission(adopt=True))
    assert held(target.link) == NEW
    rollback(target)
    assert held(target.link) == OLD
    assert held(folder / "elsewhere") == OLD


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
    assert held(target.link)["hosts/all.cfg"] == edited
    deploy(OLD, target, Permission(overwrite=True))
    assert held(target.link) == OLD


def test_a_damaged_record_can_be_got_rid_of(target: Target) -> None:
    deploy(OLD, target)
    record = target.link.resolve().parent / "record.json"
    record.write_text("{")
    with pytest.raises(CannotDeploy, match=r"record\.json is damaged: take it away, then deploy with --adopt"):
        deploy(NEW, target)
    record.unlink()
    deploy(NEW, target, Permission(adopt=True))
    rollback(target)
    assert held(target.link) == OLD


def test_damaged_texts_hide_no_edits(target: Target) -> None:
    deploy(OLD, target)
    (target.link.resolve().parent / "written.json.gz").write_bytes(b"no")
    place(target.link / "more.cfg", "# by hand\n")
    with pytest.raises(CannotDeploy, match="what is live was edited: --overwrite"):
        deploy(NEW, target)
    deploy(NEW, target, Permission(overwrite=True))
    assert held(target.link) == NEW


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
    "a file is there": (_file, "is no folder: take it away"),
    "a link to nowhere": (_nowhere, "a link that leads nowhere: take it away"),
    "not included": (_not_included, "add the line cfg_dir="),
    "included twice": (_twice, "in it twice"),
    "included twice, by a link": (_twice_by_a_link, "in it twice"),
    "no main configuration": (_no_main, r"absent.cfg cannot be read \(No such file or directory\)"),
    "nothing to watch": (_unwatchable, "sets no status_file to watch"),
    "Nagios is stopped": (_stopped, "no Nagios is running that writes .*--reload none"),
    "nobody to signal": (_in_the_foreground, "lock_file of .* names no process.*--reload"),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(target: Target, make: Callable[[Target], Target], why: str) -> None:
    wrong = make(target)
    with pytest.raises(CannotDeploy, match=why):
        deploy(OLD, wrong)
    assert not wrong.link.is_dir()


IN_A_PROCESS = """
import sys
from pathlib import Path
from nagios_cfg.deployment.build_folder import read_built
from nagios_cfg.deployment.deploy import CannotDeploy, Permission, Target, deploy
built, link, main, nagios, at, action = sys.argv[1:]
def passed(step):
    if step == at:
        exec(action)
try:
    deploy(read_built(Path(built)), Target(Path(link), Path(main), nagios, ()), Permission(adopt=True), passed)
except CannotDeploy as error:
    sys.exit(str(error))
"""


def start(target: Target, files: Path, at: str, action: str, **options: object) -> subprocess.Popen[str]:
    """Deploy in a process that does something at a step."""
    argv = [sys.executable, "-c", IN_A_PROCESS, files, target.link, target.main, target.nagios, at, action]
    return subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("start_from", ["version", "folder"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_leaves_the_old_or_the_new(target: Target, folder: Path, step: str, start_from: str) -> None:
    if start_from == "version":
        deploy(OLD, target)
    else:
        for path, text in OLD.items():
            place(target.link / path, text)
    files = built(folder / "built", NEW)
    with start(target, files, step, "import os; os.kill(os.getpid(), 9)") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, said
    assert held(target.link) == (NEW if STEPS.index(step) >= STEPS.index("swapped") else OLD)
    newest = objects("a", "b", "c", "d")
    deploy(newest, target, Permission(adopt=True))
    assert held(target.link) == newest
    assert [name for name in beside(target) if name.startswith(".")] == []
    rollback(target)
    assert held(target.link) in (OLD, NEW)


def test_two_at_once(target: Target, folder: Path) -> None:
    files = built(folder / "built", OLD)
    flag, goes_on = folder / "there", folder / "go"
    action = "import os, time\nopen({!r}, 'w').close()\nwhile not os.path.exists({!r}): time.sleep(.02)"
    with start(target, files, "staged", action.format(str(flag), str(goes_on))) as process:
        try:
            deadline = time.monotonic() + 60
            while not flag.exists():
                assert process.poll() is None, process.communicate()[1]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            with pytest.raises(CannotDeploy, match=rf"under way \(process {process.pid} of .*--wait SECONDS"):
                deploy(NEW, target)
            with start(target, built(folder / "new", NEW), "none", "") as impatient:
                _, said = impatient.communicate(timeout=60)
            assert f"process {process.pid}" in said
            goes_on.touch()
            deploy(NEW, replace(target, wait=60))
        finally:
            goes_on.touch()
            assert process.wait(60) == 0
    assert held(target.link) == NEW


def test_a_full_disk_is_one_sentence_and_nothing_stays(target: Target, folder: Path) -> None:
    deploy(OLD, target)
    before = beside(target)
    files = built(folder / "built", NEW | {"large.cfg": "# " + "x" * 100_000 + "\n"})

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    with start(target, files, "none", "", preexec_fn=full) as process:
        _, said = process.communicate(timeout=60)
    assert said.startswith("cannot deploy to ")
    assert "File too large" in said
    assert said.count("\n") == 1
    assert held(target.link) == OLD
    assert beside(target) == before


def test_a_built_folder_has_to_be_whole(folder: Path) -> None:
    files = built(folder / "built", OLD)
    assert read_built(files) == OLD
    place(files / "nagios/more.cfg", "")
    with pytest.raises(NotBuilt, match=r"nagios/more\.cfg was not built by checkctl"):
        read_built(files)
    (files / "nagios/more.cfg").unlink()
    (files / "nagios/frame.cfg").unlink()
    with pytest.raises(NotBuilt, match=r"is not whole, nagios/frame\.cfg is missing"):
        read_built(files)
    (files / ".checkwright").unlink()
    with pytest.raises(NotBuilt, match="was not made by checkctl nagios build"):
        read_built(files)


def test_no_link_in_a_built_folder_is_followed(folder: Path) -> None:
    files = built(folder / "built", OLD)
    secret = place(folder / "secret", "secret\n", mode=0o600)
    (files / "nagios/frame.cfg").unlink()
    (files / "nagios/frame.cfg").symlink_to(secret)
    with pytest.raises(NotBuilt, match=r"frame\.cfg is a symbolic link"):
        read_built(files)
