"""StateFile in real folders, from one run to the next."""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.system.fake import FakeSystem, Swap
from checks.system.swap import Swap as SwapCheck
from checkwright.core.errors import CannotTell
from checkwright.sources import statefolder
from checkwright.sources.counter_delta import CounterDelta
from checkwright.sources.statefile import Before, StateFile
from checkwright.testing import FakeStateFile, run
from tests.support.current_run import current_run


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set CHECKS_STATE_DIR, and return this user's folder in it."""
    monkeypatch.setenv("CHECKS_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("CHECKS_STATE_READONLY", raising=False)
    return tmp_path / f"checkwright-{os.geteuid()}"


def remembered(place: Path) -> list[Path]:
    return sorted(place.glob("*.json"))


def exchange(data: Mapping[str, Any], identity: str = "sample", **words: Any) -> Before | None:
    """Exchange the memory in one run of a check."""
    with current_run(identity=identity):
        return StateFile(**words).exchange(data)


def test_run_reads_the_memory_of_the_last_run() -> None:
    assert exchange({"a": 1}) is None
    before = exchange({"a": 2})
    assert before is not None
    assert before.data == {"a": 1}
    assert 0 <= before.seconds < 60


def within(memory: FakeStateFile, seconds: float, **counters: float) -> dict[str, float | None]:
    return memory.within(counters, seconds)


def test_parts_of_one_file_are_remembered_together(place: Path) -> None:
    def both(errors: float, requests: float) -> tuple[dict[str, float | None], CounterDelta | None]:
        with current_run():
            return StateFile().together(
                lambda memory: (memory.within({"errors": errors}, 600, "events"), memory.over({"all": requests}, 600))
            )

    assert both(5, 100) == ({"errors": None}, None)
    (file,) = remembered(place)
    aged(place, since_boot=json.loads(file.read_text())["since_boot"] - 60)
    events, delta = both(7, 160)
    assert events == {"errors": 2}
    assert delta is not None and delta.of("all") == 60
    assert remembered(place) == [file]


def test_parts_stay_as_they_were_where_the_work_fails(place: Path) -> None:
    with current_run():
        StateFile().together(lambda memory: memory.exchange({"a": 1}, "first"))
        (kept,) = (file.read_text() for file in remembered(place))

        def fails(memory: StateFile) -> None:
            memory.exchange({"a": 2}, "first")
            memory.forget("first")
            raise CannotTell("no answer")

        with pytest.raises(CannotTell, match="no answer"):
            StateFile().together(fails)
        assert [file.read_text() for file in remembered(place)] == [kept]
        before = StateFile().together(lambda memory: memory.recall("first"))
    assert before is not None and before.data == {"a": 1}


def test_file_of_a_killed_run_is_replaced(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    left = file.with_name(f"{file.name}.new")
    left.write_text("half a")
    left.chmod(0o000)
    exchange({"a": 2})
    assert not left.exists()
    before = exchange({"a": 3})
    assert before is not None and before.data == {"a": 2}


def test_window_keeps_an_event_for_its_whole_length() -> None:
    memory = FakeStateFile(seconds=60)
    assert within(memory, 600, restarts=5) == {"restarts": None}
    assert within(memory, 600, restarts=5) == {"restarts": 0}
    assert within(memory, 600, restarts=7) == {"restarts": 2}
    assert [within(memory, 600, restarts=7)["restarts"] for _ in range(9)] == [2] * 9
    assert within(memory, 600, restarts=7) == {"restarts": 0}


def test_window_adds_events_and_drops_each_at_its_end() -> None:
    memory = FakeStateFile(seconds=60)
    found = [within(memory, 150, errors=count)["errors"] for count in (0, 1, 1, 3, 3, 3, 3)]
    assert found == [None, 1, 1, 3, 2, 2, 0]


def test_window_counts_a_restarted_counter_from_zero_and_a_new_one_later() -> None:
    memory = FakeStateFile(seconds=60)
    assert within(memory, 600, a=9) == {"a": None}
    assert within(memory, 600, a=2, b=4) == {"a": 2, "b": None}
    assert within(memory, 600, a=2, b=5) == {"a": 2, "b": 1}


def test_window_starts_again_after_a_day() -> None:
    memory = FakeStateFile(before={"last": {"a": 1}, "events": [[0, "a", 3]]}, seconds=100_000)
    assert within(memory, 600, a=5) == {"a": None}


@pytest.mark.slow
def test_window_stays_small_and_loses_no_event() -> None:
    memory = FakeStateFile(seconds=1)
    found = [within(memory, 86_000, a=count)["a"] for count in range(1_500)]
    assert found[-1] == 1_499
    assert len(memory.remembered[""]["events"]) <= 1_001


def test_window_survives_a_memory_of_another_form() -> None:
    for data in ({"last": [1], "events": 5}, {"last": {"a": "x"}, "events": [[1], ["x", "a", 1]]}, {}):
        assert within(FakeStateFile(before=data), 600, a=5) == {"a": None}


def over(memory: FakeStateFile, seconds: float, **counters: float) -> CounterDelta | None:
    return memory.over(counters, seconds)


def test_increase_over_a_window_slides_with_it() -> None:
    memory = FakeStateFile(seconds=60)
    found = [over(memory, 180, requests=count) for count in (5, 15, 25, 45, 45, 45, 45)]
    assert [None if one is None else (one.of("requests"), one.seconds) for one in found] == [
        None,
        (10, 60),
        (20, 120),
        (40, 180),
        (30, 180),
        (20, 180),
        (0, 180),
    ]
    last = found[3]
    assert last is not None and last.rate("requests") == 0.222


def test_increase_over_a_window_needs_no_reading_in_it() -> None:
    memory = FakeStateFile(seconds=900)
    assert over(memory, 600, requests=5) is None
    found = over(memory, 600, requests=95)
    assert found is not None and (found.of("requests"), found.seconds, found.rate("requests")) == (90, 900, 0.1)
    memory.seconds = 90_000
    assert over(memory, 600, requests=100) is None


def test_increase_over_a_window_counts_new_counters_from_zero() -> None:
    memory = FakeStateFile(seconds=60)
    assert over(memory, 600, ok=5) is None
    found = over(memory, 600, ok=7, errors=2)
    assert found is not None and found.percent("errors", of="ok") == 100
    found = over(memory, 600, ok=25, errors=3)
    assert found is not None and found.percent("errors", of="ok") == 15


def test_increase_over_a_window_is_unknown_after_a_restart_and_counts_from_there() -> None:
    memory = FakeStateFile(seconds=10)
    found = []
    for count in (500, 510, 4, 6, 9):
        delta = over(memory, 600, a=count, b=1_000 + count if count > 100 else 2_000)
        found.append(None if delta is None else (delta.of("a"), delta.of("b"), delta.rate("a")))
    assert found == [None, (10, 10, 1.0), (None, 500, None), (2, 500, 0.2), (5, 500, 0.25)]


def test_increase_over_a_window_keeps_few_readings() -> None:
    memory = FakeStateFile(seconds=1)
    found = [over(memory, 600, a=count) for count in range(2_000)]
    assert len(memory.remembered[""]["readings"]) <= 21
    last = found[-1]
    assert last is not None and 540 <= (last.of("a") or 0) <= 600


def test_increase_over_a_window_survives_a_memory_of_another_form() -> None:
    for data in ({"names": 1}, {"names": ["a"], "restarts": [1], "readings": [1, [2], ["x", [1]], [0, ["y"]]]}, {}):
        memory = FakeStateFile(before=data)
        over(memory, 600, a=5)
        found = over(memory, 600, a=8)
        assert found is not None and found.of("a") in (3, 8)


def test_checks_options_and_parts_have_separate_memories() -> None:
    exchange({"a": 1}, "disk -p /")
    assert exchange({"a": 2}, "disk -p /srv") is None
    with current_run(identity="disk -p /"):
        assert StateFile().exchange({"a": 3}, part="other") is None
    before = exchange({}, "disk -p /")
    assert before is not None and before.data == {"a": 1}


def test_files_are_private_and_their_names_reveal_nothing(place: Path) -> None:
    exchange({"a": 1}, "sample --password-file /etc/checks/secret")
    (file,) = remembered(place)
    assert "secret" not in file.name and "secret" not in file.read_text()
    assert file.name.startswith("sample-")
    assert place.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_readable_folder_is_made_private(place: Path) -> None:
    place.mkdir()
    place.chmod(0o755)
    exchange({"a": 1})
    assert place.stat().st_mode & 0o777 == 0o700


def test_only_the_memory_and_its_lock_remain(place: Path) -> None:
    exchange({"a": 1})
    exchange({"a": 2})
    assert sorted(file.suffix for file in place.iterdir()) == [".json", ".lock"]


PLACES = {
    "our own variable": ({"CHECKS_STATE_DIR": "{}/a", "NAGIOS_PLUGIN_STATE_DIRECTORY": "{}/b"}, "a/checkwright-{uid}"),
    "the plugins' variable": ({"NAGIOS_PLUGIN_STATE_DIRECTORY": "{}/b", "HOME": "{}/c"}, "b/checkwright-{uid}"),
    "the user's state folder": ({"XDG_STATE_HOME": "{}/d", "HOME": "{}/c"}, "d/checkwright"),
    "the user's home": ({"HOME": "{}/c"}, "c/.local/state/checkwright"),
}


@pytest.mark.parametrize(("variables", "folder"), PLACES.values(), ids=PLACES)
def test_folder_of_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("CHECKS_STATE_DIR", "NAGIOS_PLUGIN_STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    (tmp_path / "c").mkdir()
    exchange({"a": 1})
    assert len(remembered(tmp_path / folder.format(uid=os.geteuid()))) == 1


@pytest.mark.parametrize("home", ["", "/proc"], ids=["none", "one that is another user's"])
def test_daemon_without_home_uses_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    import pwd

    for name in ("CHECKS_STATE_DIR", "NAGIOS_PLUGIN_STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("os.access", lambda path, _mode: path != home)
    assert statefolder.folder() == f"{pwd.getpwuid(os.geteuid()).pw_dir}/.local/state/checkwright"
    monkeypatch.setattr("os.geteuid", lambda: 54_321)
    with pytest.raises(CannotTell, match="user 54321 has no home; set CHECKS_STATE_DIR to a folder of its own"):
        statefolder.folder()


def unwritable(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CHECKS_STATE_DIR", "/proc/no/such/place")
    return r"cannot keep memory between runs in /proc/no/.*: No such file or directory; set CHECKS_STATE_DIR to a "


def not_full(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CHECKS_STATE_DIR", "state")
    return "CHECKS_STATE_DIR is 'state': it must be a full path, which begins with /"


def no_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    place.write_text("")
    return f"{place} is not a folder; remove it"


def planted_link(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    place.symlink_to("/etc")
    return f"{place} is not a folder; remove it"


def foreign_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("os.geteuid", lambda: 54_321)
    (place.parent / "checkwright-54321").mkdir()
    return "checkwright-54321 belongs to .*, not to user 54321; remove it, or set CHECKS_STATE_DIR"


def foreign_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if os.geteuid() != 0:
        pytest.skip("only root can give files to another user")
    exchange({"a": 1})
    (file,) = remembered(place)
    os.chown(f"{file}.lock", 54_321, 54_321)
    return r"\.json\.lock belongs to user 54321, not to root; remove it, or set CHECKS_STATE_DIR"


def linked_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    exchange({"a": 1})
    (file,) = remembered(place)
    file.unlink()
    file.symlink_to("/etc/passwd")
    return "cannot open the memory between runs, .*: Too many levels of symbolic links; remove it"


def full_disk(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def replace(old: str, new: str, **_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.rename", replace)
    return r"cannot write the memory between runs, .*\.json: No space left on device"


UNUSABLE = (unwritable, not_full, no_folder, planted_link, foreign_folder, foreign_file, linked_file, full_disk)


@pytest.mark.parametrize("spoil", UNUSABLE, ids=lambda spoil: spoil.__name__)
def test_unusable_memory_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    sentence = spoil(place, monkeypatch)
    with pytest.raises(CannotTell, match=sentence):
        exchange({"a": 2})


DAMAGED = {
    "empty": "",
    "no JSON": "\x00\xff nonsense",
    "another shape": "[1, 2]",
    "parts missing": '{"version": 1}',
    "data of another kind": '{"version": 1, "data": 5, "boot": "", "since_boot": 1, "at": 1}',
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_damaged_memory_is_renamed_and_reported_once(place: Path, text: str) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    file.write_text(text, encoding="latin-1")
    with pytest.raises(CannotTell, match=r"was damaged and is now .*\.json\.damaged: the next run starts without it"):
        exchange({"a": 2})
    assert Path(f"{file}.damaged").read_text(encoding="latin-1") == text
    assert exchange({"a": 3}) is None
    assert exchange({"a": 4}) is not None


def test_memory_of_another_version_is_forgotten(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 99}))
    assert exchange({"a": 2}) is None


def test_failed_change_keeps_the_memory() -> None:
    exchange({"a": 1})

    def change(before: Before | None) -> Mapping[str, Any]:
        raise CannotTell("no")

    with current_run(), pytest.raises(CannotTell, match="no"):
        StateFile().update(change)
    before = exchange({"a": 2})
    assert before is not None and before.data == {"a": 1}


def test_update_is_atomic() -> None:
    def count(before: Before | None) -> Mapping[str, Any]:
        return {"n": (before.data["n"] if before else 0) + 1}

    def work() -> None:
        for _ in range(20):
            StateFile().update(count)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = StateFile().exchange({})
    assert before is not None and before.data == {"n": 80}


def test_locked_memory_is_waited_for_and_then_reported(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    with statefolder.StateFolder.make() as folder:
        held = folder.lock(file.name)
    try:
        with (
            current_run(seconds=0.3),
            pytest.raises(CannotTell, match=f"another run of this check still holds .*{file}"),
        ):
            StateFile().exchange({"a": 2})
    finally:
        os.close(held)
    assert exchange({"a": 2}) is not None


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_read_only_run_changes_no_memory(place: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    kept = file.read_text()
    if how == "environment":
        monkeypatch.setenv("CHECKS_STATE_READONLY", "1")
    with current_run():
        memory = StateFile(keep=False) if how == "argument" else StateFile.open()
        first, second = memory.exchange({"a": 2}), memory.exchange({"a": 3})
    assert first is not None and first.data == {"a": 1}
    assert second is not None and second.data == {"a": 2}
    assert file.read_text() == kept
    assert len(list(place.iterdir())) == 2


def test_read_only_run_makes_no_folder(place: Path) -> None:
    assert exchange({"a": 1}, keep=False) is None
    assert not place.exists()


def test_read_only_run_keeps_a_damaged_memory(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    file.write_text("nonsense")
    assert exchange({"a": 2}, keep=False) is None
    assert file.read_text() == "nonsense"


def aged(place: Path, **changes: object) -> None:
    (file,) = remembered(place)
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_time_between_runs_comes_from_the_boot_clock(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    aged(place, since_boot=json.loads(file.read_text())["since_boot"] - 60, at=0)
    before = exchange({"a": 2})
    assert before is not None and 60 <= before.seconds < 120


def test_time_after_a_reboot_comes_from_the_wall_clock(place: Path) -> None:
    exchange({"a": 1})
    (file,) = remembered(place)
    aged(place, boot="another", since_boot=1e9, at=json.loads(file.read_text())["at"] - 60)
    before = exchange({"a": 2})
    assert before is not None and 60 <= before.seconds < 120


def test_memory_from_the_future_is_ignored(place: Path) -> None:
    exchange({"a": 1})
    aged(place, boot="another", at=9e9)
    assert exchange({"a": 2}) is None


AGES = {"just now": (0, None), "a minute": (60, 5), "two days": (2 * 86_400, None)}


@pytest.mark.parametrize(("seconds", "increase"), AGES.values(), ids=AGES)
def test_counters_are_compared_over_a_sensible_time(place: Path, seconds: int, increase: float | None) -> None:
    exchange({"a": 10})
    (file,) = remembered(place)
    aged(place, since_boot=json.loads(file.read_text())["since_boot"] - seconds)
    with current_run():
        found = StateFile().since_last_run({"a": 15})
    assert (found.of("a") if found else None) == increase


@pytest.mark.slow
def test_check_over_several_runs(place: Path) -> None:
    def swap(pages: int) -> FakeSystem:
        return FakeSystem(swap=Swap(1024, 0, pages, 0))

    first = run(SwapCheck, "-t 2", swap(100), StateFile())
    assert (first.state, first.readings[2].value) == ("OK", 0)  # measured for a second
    (file,) = remembered(place)
    aged(place, since_boot=json.loads(file.read_text())["since_boot"] - 60)
    second = run(SwapCheck, "-t 2", swap(700), StateFile())
    assert second.readings[2].value == pytest.approx(10, rel=0.1)


def test_no_umask_leaves_a_memory_that_no_later_run_can_use(place: Path) -> None:
    """Under the umask 0777 each new file and folder would be closed to its own owner."""
    before = os.umask(0o777)
    try:
        exchange({"a": 1})
        exchange({"a": 2})
    finally:
        os.umask(before)
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}
    second = exchange({"a": 3})
    assert second is not None and second.data == {"a": 2}


def test_a_memory_that_was_left_closed_is_opened_again(place: Path) -> None:
    exchange({"a": 1})
    for path in place.iterdir():
        if path.suffix == ".lock":
            path.chmod(0)
    place.chmod(0)
    again = exchange({"a": 2})
    assert again is not None and again.data == {"a": 1}


def test_a_folder_that_becomes_a_link_after_it_was_opened_changes_nothing(place: Path, tmp_path: Path) -> None:
    exchange({"a": 1})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with current_run(), statefolder.StateFolder.make() as folder:
        place.rename(tmp_path / "real")
        place.symlink_to(elsewhere)
        os.close(folder.lock("x.json"))
        folder.replace("x.json", "{}")
        assert folder.text("x.json") == "{}"
    assert not list(elsewhere.iterdir())
    assert (tmp_path / "real" / "x.json").read_text() == "{}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_link_of_another_user_on_the_way_is_not_followed(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (tmp_path / "target").mkdir()
    (others / "state").symlink_to(tmp_path / "target")
    monkeypatch.setenv("CHECKS_STATE_DIR", str(others / "state"))
    assert exchange({"a": 1}) is None
    assert (tmp_path / "target" / "checkwright-0").is_dir()
    os.chown(others, 65_534, 65_534)
    with pytest.raises(CannotTell, match="state is a symbolic link that somebody else can change"):
        exchange({"a": 2})


def test_a_memory_can_be_forgotten_and_recalled(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = StateFile()
    memory.forget("a")
    assert not place.exists()
    memory.exchange({"x": 1}, "a")
    memory.exchange({"x": 2}, "b")
    recalled = memory.recall("a")
    assert recalled is not None and recalled.data == {"x": 1}
    StateFile(keep=False).forget("a")
    memory.forget("a")
    assert memory.recall("a") is None
    kept = memory.recall("b")
    assert kept is not None and kept.data == {"x": 2}
    monkeypatch.setenv("CHECKS_STATE_DIR", "relative")
    memory.forget("b")


def test_counters_of_the_kernel_have_no_growth_across_a_restart_of_the_machine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StateFile().exchange({"idle": 100.0})
    here = StateFile().recall()
    monkeypatch.setattr("checkwright.sources.statefile._boot", lambda: "another")
    elsewhere = StateFile().recall()
    assert here is not None and elsewhere is not None
    assert (here.same_boot, elsewhere.same_boot) == (True, False)

    class Rebooted(FakeStateFile):
        def exchange(self, data: Mapping[str, Any], part: str = "") -> Before:
            return Before({"idle": 100.0}, 60, same_boot=False)

    assert Rebooted().since_last_run({"idle": 300.0}, fastest=10) is None
    assert Rebooted().since_last_run({"idle": 300.0}) is not None
