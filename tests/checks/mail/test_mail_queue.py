"""Check mail_queue against a fake, recorded answers and the real Postfix."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.mail.fake import FakePostfix
from checks.mail.mail_queue import MailQueue as Check
from checks.mail.source import MailQueue, Postfix, parse
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.postfix import postfix
from tests.support.processes import wait_until
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded") / "postqueue-j-3.7.11.txt"

CASES = {
    "empty": (MailQueue(), "", "OK"),
    "some messages": (MailQueue({"active": 2, "deferred": 3, "hold": 4}, oldest=600), "", "OK"),
    "old message": (MailQueue({"deferred": 1}, oldest=7_200), "", "WARNING"),
    "very old message": (MailQueue({"deferred": 1}, oldest=86_400), "", "CRITICAL"),
    "mail storm": (MailQueue({"incoming": 5_000}, oldest=60), "", "CRITICAL"),
    "only messages on hold": (MailQueue({"hold": 5_000}), "", "OK"),
    "limits": (MailQueue({"deferred": 3}, oldest=60), "--waiting-warning 2", "WARNING"),
    "not running": (Down("Postfix does not run: postqueue: fatal: Queue report unavailable"), "", "CRITICAL"),
    "no permission": (CannotTell("postqueue cannot list the queue: Permission denied"), "", "UNKNOWN"),
    "no Postfix": (None, "", "UNKNOWN"),
}


@pytest.mark.parametrize(("queue", "words", "state"), CASES.values(), ids=CASES)
def test_mail_queue(queue: MailQueue | CannotTell | Down | None, words: str, state: str, golden: Golden) -> None:
    outcome = run(Check, words, FakePostfix(queue))
    assert outcome.state == state
    golden(outcome)


def test_recorded_list_is_parsed() -> None:
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    held = lines[0].replace("deferred", "hold").replace("1795932975", "1")
    queue = parse([*lines, "", held], now=1_795_933_000.0)
    assert (queue.counts, queue.oldest) == ({"deferred": 3, "hold": 1}, 25)


#: A time beyond the range of a float.
HUGE = f'{{"queue_name": "a", "arrival_time": {"9" * 400}}}'


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", "{}", '{"queue_name": "a", "arrival_time": null}', "[" * 5_000, HUGE]
)
def test_other_lines_are_unknown(line: str) -> None:
    with pytest.raises(CannotTell, match="prints a line that is no message"):
        parse([line], now=0)


def test_many_messages_are_read() -> None:
    line = '{"queue_name": "deferred", "arrival_time": 100, "recipients": []}'
    assert parse([line] * 20_000, now=160).counts == {"deferred": 20_000}


@pytest.mark.daemon
def test_real_postfix() -> None:
    def real(words: str = "") -> tuple[str, str]:
        outcome = run(Check, f"--config {server.config} -t 20 {words}", World(Postfix()))
        return outcome.state, outcome.text(1)

    with postfix() as server:
        assert real()[0] == "OK"
        for number in range(3):
            server.send(f"customer{number}@example.test")
        wait_until(lambda: "Messages deferred 3" in real()[1])
        assert real()[0] == "OK"
        state, text = real("--waiting-critical 2")
        assert state == "CRITICAL" and "Messages waiting 3" in text and "customer" not in text
        server.command("postsuper", "-h", "ALL")
        state, text = real("--waiting-critical 2")
        assert state == "OK" and "Messages on hold 3" in text
        server.command("postsuper", "-d", "ALL")
        assert "Messages on hold 0" in real()[1]
        server.stop()
        state, text = real()
        assert state == "CRITICAL" and "Postfix does not run" in text
        server.start()
        assert real()[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with postfix() as server:
        yield Sample(f"--config {server.config}")
