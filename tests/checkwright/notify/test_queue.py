"""Queue of a channel: order, bounds, deadlines, damage, and one sender at a time."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkwright.notify import spool
from checkwright.notify.delivery import Sender
from checkwright.notify.spool import Queue, Waiting
from checkwright.notify.spool_status import status
from tests.checkwright.notify.incidents import ACKNOWLEDGED, PROBLEM, RECOVERY
from tests.support.paging_services import KEY, Services, paging_services


class Log(list[str]):
    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def queue(tmp_path: Path, log: Log) -> Queue:
    return Queue(tmp_path / "spool", "shop.pagerduty-1", log)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


def config(tmp_path: Path, services: Services, **value: Any) -> str:
    (tmp_path / "key").write_text(KEY)
    settings = {"kind": "pagerduty", "key": str(tmp_path / "key"), "url": f"{services.url}/v2/enqueue"}
    whole = {"version": 1, "environment": "production", "channels": {"shop.pagerduty-1": settings}} | value
    (tmp_path / "notify.json").write_text(json.dumps(whole))
    return str(tmp_path / "notify.json")


def test_queue_keeps_the_order_and_is_for_its_owner_alone(queue: Queue, tmp_path: Path, log: Log) -> None:
    for incident in (PROBLEM, ACKNOWLEDGED, RECOVERY):
        queue.put(incident)
    assert [queue.folder.stat().st_mode & 0o777, *(file.stat().st_mode & 0o777 for file in queue.files())] == [
        0o700,
        *[0o600] * 3,
    ]
    with paging_services() as services:
        Sender(queue, config(tmp_path, services), log).run()
    assert [event["event_action"] for _, event in services.events] == ["trigger", "acknowledge", "resolve"]
    assert (queue.files(), log) == ([], [])


def test_repeated_notification_replaces_the_one_that_waits(queue: Queue, tmp_path: Path, log: Log) -> None:
    for text in ("first", "second"):
        queue.put(replace(PROBLEM, values=(), output=text))
    queue.put(replace(PROBLEM, watch="load"))
    with paging_services() as services:
        Sender(queue, config(tmp_path, services), log).run()
    summaries = [event["payload"]["summary"] for _, event in services.events]
    assert [summary.partition(": ")[2].partition(":")[0] for summary in summaries] == ["disk on pay-1", "load on pay-1"]
    assert summaries[0].endswith(": second")


def test_oldest_is_dropped_for_a_new_one_with_a_line(queue: Queue, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST", 3)
    for number in range(5):
        queue.put(replace(PROBLEM, host=f"web-{number}"))
    kept = [queue.read(file) for file in queue.files()]
    assert [record.incident.host for record in kept if record] == ["web-2", "web-3", "web-4"]
    assert log == [
        f"shop.pagerduty-1: a notification is dropped, more than 3 notifications wait: PROBLEM of disk on web-{number}"
        for number in range(2)
    ]


def test_late_notification_is_dropped_with_a_line(
    queue: Queue, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.put(PROBLEM)
    with paging_services() as services:
        services.failing = lambda _: (500, {}, "no")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 1_200 * services.attempts)
        Sender(queue, config(tmp_path, services), log).run()
    assert services.attempts == 12
    assert log == [
        "shop.pagerduty-1: PagerDuty answered 500: no; it is tried again",
        "shop.pagerduty-1: a notification is dropped, it could not be delivered in time (PagerDuty answered 500: no)"
        ": PROBLEM of disk on pay-1",
    ]


def test_recovery_waits_longer_than_a_problem(queue: Queue) -> None:
    queue.put(PROBLEM)
    queue.put(RECOVERY)
    first, second = (record for file in queue.files() if (record := queue.read(file)))
    assert second.expires - first.expires > 19 * 3_600


def test_refused_notification_does_not_hold_up_the_next(queue: Queue, tmp_path: Path, log: Log) -> None:
    queue.put(PROBLEM)
    queue.put(replace(PROBLEM, host="web-2"))
    with paging_services() as services:
        services.failing = lambda _: (400, {}, "bad") if services.attempts == 1 else None
        Sender(queue, config(tmp_path, services), log).run()
    assert [event["payload"]["source"] for _, event in services.events] == ["web-2"]
    assert len(log) == 1
    assert "a notification is dropped, PagerDuty answered 400: bad: PROBLEM of disk on pay-1" in log[0]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"incident": {}, "expires": 1}', b"\xff"])
def test_damaged_file_is_dropped_with_a_line(queue: Queue, tmp_path: Path, log: Log, damage: bytes) -> None:
    queue.put(PROBLEM)
    queue.files()[0].write_bytes(damage)
    queue.put(RECOVERY)
    with paging_services() as services:
        Sender(queue, config(tmp_path, services), log).run()
    assert [event["event_action"] for _, event in services.events] == ["resolve"]
    assert log == ["shop.pagerduty-1: a notification is dropped, its file is damaged"]


def test_corrected_file_is_used_at_once(
    queue: Queue, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.put(PROBLEM)
    with paging_services() as services:
        path = config(tmp_path, services, channels={})

        def correct(_: float) -> None:
            config(tmp_path, services)

        monkeypatch.setattr(time, "sleep", correct)
        Sender(queue, path, log).run()
    assert len(services.events) == 1
    assert log[0].endswith("there is no channel of this name in notify.json any more; it is tried again")


def test_only_one_process_sends(queue: Queue, tmp_path: Path, log: Log) -> None:
    queue.put(PROBLEM)
    with paging_services() as services:
        with queue.sender() as mine, queue.sender() as other:
            assert (mine, other) == (True, False)
            Sender(queue, config(tmp_path, services), log).run()
        assert services.attempts == 0
        Sender(queue, config(tmp_path, services), log).run()
    assert len(services.events) == 1


def test_missing_output_delays_and_does_not_prevent(queue: Queue, tmp_path: Path, log: Log) -> None:
    nowhere = Waiting(file=str(tmp_path / "status.dat"), last_check=1, until=time.time() - 1)
    queue.put(replace(PROBLEM, output="", values=()), nowhere)
    with paging_services() as services:
        Sender(queue, config(tmp_path, services), log).run()
    assert services.events[0][1]["payload"]["summary"] == "CRITICAL: disk on pay-1"
    assert len(log) == 1
    assert "disk on pay-1 is sent without output: cannot read" in log[0]


def test_status_is_a_plugin(queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "spool"
    assert status(folder) == (0, "NOTIFY OK: no notification waits | waiting=0;;;0;")
    queue.put(PROBLEM)
    assert status(folder)[0] == 0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)
    code, line = status(folder)
    assert (code, line.partition(",")[0]) == (1, "NOTIFY WARNING: 1 notifications wait for shop.pagerduty-1")
    assert status(tmp_path / "nowhere")[0] == 3
