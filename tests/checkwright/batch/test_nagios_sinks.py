"""Nagios's spool and its command file: text, file protocol, and a Nagios that does not cooperate.

Both are delivered into a running Nagios in tests/end_to_end.
"""

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.batch.nagios_text import escaped
from checkwright.batch.sink import Context, QueueSink, open_sink
from checkwright.batch.sinks import nagios_command, nagios_spool
from checkwright.core import nagios_pipe
from checkwright.core.errors import BadUsage
from tests.checkwright.batch.plans import result, task

CONTEXT = Context(True, lambda text: None)
#: Not half a surrogate pair: no bytes of a plugin are read as such.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def spool(folder: Path) -> QueueSink:
    return nagios_spool.make(str(folder), CONTEXT)


def unescaped(text: str) -> str:
    """Return a text as Nagios reads it: a backslash and the next character are one."""
    read, characters = "", iter(text)
    for character in characters:
        if character == "\\":
            following = next(characters)
            character = {"n": "\n", "\\": "\\"}[following]
        read += character
    return read


@given(TEXT)
def test_nagios_reads_any_output_back_from_one_line(output: str) -> None:
    line = escaped(output)
    assert "\n" not in line
    assert unescaped(line) == output.replace("\r\n", "\n")


@given(TEXT)
def test_spool_record_has_one_line_for_each_field(output: str) -> None:
    record = nagios_spool.Spool("/tmp").payload(result(output, 2)).decode()
    assert record.endswith("\n\n")
    pairs = dict(line.split("=", 1) for line in record.rstrip("\n").split("\n"))
    assert unescaped(pairs.pop("output")) == output.replace("\r\n", "\n")
    assert pairs == {
        "host_name": "web-1",
        "service_description": "disk",
        "check_type": "1",
        "return_code": "2",
        "exited_ok": "1",
        "start_time": "1800000000.250000",
        "finish_time": "1800000000.750000",
    }


@given(TEXT)
def test_command_is_one_line_with_its_fields(output: str) -> None:
    line = nagios_command.CommandFile("/nowhere").payload(result(output, 1)).decode()
    assert line.count("\n") == 1
    command, host, service, code, rest = line.removesuffix("\n").split(";", 4)
    assert command == "[1800000000] PROCESS_SERVICE_CHECK_RESULT"
    assert (host, service, code) == ("web-1", "disk", "1")
    assert unescaped(rest) == output.replace("\r\n", "\n")


def test_half_a_surrogate_pair_can_be_delivered() -> None:
    assert b"\\\\udcff" in nagios_spool.Spool("/tmp").payload(result("x \udcff"))


@given(st.integers(0, 2**33 * 1_000_000))
def test_nagios_reads_times_to_the_microsecond(microseconds: int) -> None:
    whole, fraction = nagios_spool._moment(microseconds / 1_000_000).split(".")
    # strtoul with base 0: a zero in front would make it octal.
    assert fraction == "0" or not fraction.startswith("0")
    assert abs(int(whole) * 1_000_000 + int(fraction) - microseconds) <= 1


def test_file_is_whole_before_nagios_may_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    close = os.close

    def watching(descriptor: int) -> None:
        seen.append(sorted(os.listdir(tmp_path)))
        close(descriptor)

    monkeypatch.setattr(os, "close", watching)
    before = os.umask(0o077)
    try:
        payloads = [spool(tmp_path).payload(result(f"number {number}")) for number in range(3)]
        assert spool(tmp_path).send(payloads).delivered == 3
    finally:
        os.umask(before)
    monkeypatch.undo()
    data, ok = sorted(tmp_path.iterdir())
    assert ok.name == f"{data.name}.ok"
    assert (len(data.name), data.name[0]) == (7, "c")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (data, ok)] == [0o644, 0o600]
    heading, *records = data.read_bytes().split(b"\n\n", 1)
    assert heading.startswith(b"file_time=")
    assert records == [b"".join(payloads)]
    # When the ok file was made, the data had its name, and no other file had a name that Nagios reads.
    assert [data.name, ok.name] in [[n for n in names if not n.startswith(".")] for names in seen]


def test_drafts_of_a_killed_batch_are_removed_and_other_files_are_not(tmp_path: Path) -> None:
    old, new, foreign = tmp_path / ".checkwright-1-ab", tmp_path / ".checkwright-2-cd", tmp_path / "cABCDEF"
    for path in (old, new, foreign):
        path.write_text("")
    os.utime(old, (0, 0))
    os.utime(foreign, (0, 0))
    spool(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([new, foreign])


def test_failing_spool_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    queue = spool(folder)
    folder.rmdir()
    receipt = queue.send([queue.payload(result())])
    assert receipt.settled == 0
    assert receipt.problem == f"cannot write to Nagios's spool {folder}: No such file or directory"


@contextmanager
def reader(path: Path) -> Iterator[list[bytes]]:
    """Read a FIFO as Nagios does, and keep the data."""
    got: list[bytes] = []
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    stop = threading.Event()

    def read() -> None:
        os.set_blocking(descriptor, False)
        while not stop.is_set():
            try:
                got.append(os.read(descriptor, 65_536))
            except BlockingIOError:
                stop.wait(0.01)
        while part := _rest(descriptor):
            got.append(part)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield got
    finally:
        stop.set()
        thread.join()
        os.close(descriptor)


def _rest(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except BlockingIOError:
        return b""


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "nagios.cmd"
    os.mkfifo(path)
    return path


def commands(fifo: Path) -> QueueSink:
    return nagios_command.make(str(fifo), CONTEXT)


def test_lines_arrive_whole_and_in_order_in_atomic_writes(fifo: Path) -> None:
    queue = commands(fifo)
    payloads = [queue.payload(result(f"{number} {'x' * (number * 37 % 1_500)}")) for number in range(600)]
    with reader(fifo) as got:
        assert queue.send(payloads).delivered == 600
    assert b"".join(got) == b"".join(payloads)
    groups = nagios_pipe.grouped(payloads)
    assert [payload for group in groups for payload in group] == payloads
    assert all(len(b"".join(group)) <= 4_096 for group in groups)
    assert len(groups) < len(payloads) / 2


def test_long_line_goes_through_a_file(fifo: Path) -> None:
    queue = commands(fifo)
    payloads = [queue.payload(result(text)) for text in ("first", "long " * 2_000, "last")]
    with reader(fifo) as got:
        assert queue.send(payloads).delivered == 3
    first, by_file, last = b"".join(got).splitlines(keepends=True)
    assert (first, last) == (payloads[0], payloads[2])
    command, path, delete = by_file.decode().rstrip("\n").split(";")
    assert command.endswith("] PROCESS_FILE")
    assert delete == "1"
    assert Path(path).read_bytes() == payloads[1]
    assert Path(path).parent == fifo.parent
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o644


def test_stopped_nagios_is_reported_at_once(fifo: Path) -> None:
    receipt = commands(fifo).send([b"x\n"])
    assert receipt.settled == 0
    assert receipt.problem == f"Nagios does not run: no process reads the command file {fifo}"


def test_nagios_that_does_not_read_is_reported(fifo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nagios_pipe, "_PATIENCE", 0.3)
    descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    payloads = [b"%04d %s\n" % (number, b"x" * 4_000) for number in range(100)]
    receipt = commands(fifo).send(payloads)
    assert 0 < receipt.settled < 100
    assert "has not read its command file" in receipt.problem
    kept = b""
    while part := _rest(descriptor):
        kept += part
    os.close(descriptor)
    assert kept == b"".join(payloads[: receipt.settled])


def test_long_line_that_fails_leaves_no_file(fifo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nagios_pipe, "_PATIENCE", 0.1)
    descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    queue = commands(fifo)
    queue.send([b"x" * 4_095 + b"\n"] * 100)
    assert queue.send([b"y" * 5_000 + b"\n"]).settled == 0
    os.close(descriptor)
    assert list(fifo.parent.iterdir()) == [fifo]


def test_file_in_place_of_the_pipe_is_not_written(fifo: Path) -> None:
    queue = commands(fifo)
    fifo.unlink()
    fifo.write_text("")
    assert queue.send([b"x\n"]).problem == (
        f"cannot write to Nagios's command file {fifo}: it is not a pipe (FIFO), so no Nagios reads it"
    )
    assert fifo.read_bytes() == b""
    fifo.unlink()
    assert queue.send([b"x\n"]).problem.endswith("nagios.cmd: No such file or directory")


def test_missing_command_file_is_no_error_at_the_start(tmp_path: Path) -> None:
    queue = commands(tmp_path / "nagios.cmd")
    assert queue.send([b"x\n"]).settled == 0


PLACES = {
    "nagios-spool": "nagios-spool needs Nagios's check_result_path",
    "nagios-spool:spool": "nagios-spool needs Nagios's check_result_path",
    "nagios-spool:{tmp}/no": "cannot use Nagios's spool {tmp}/no: No such file or directory",
    "nagios-spool:{tmp}/file": "cannot use Nagios's spool {tmp}/file: it is not a folder",
    "nagios-command": "nagios-command needs Nagios's command_file",
    "nagios-command:{tmp}/file": "cannot use {tmp}/file as Nagios's command file: it is not a pipe (FIFO)",
    "nagios-command:{tmp}": "cannot use {tmp} as Nagios's command file: it is not a pipe (FIFO)",
    "nagios-command:{tmp}/no/nagios.cmd": "cannot use Nagios's command file {tmp}/no/nagios.cmd: there is no folder",
}


@pytest.mark.parametrize(("place", "sentence"), PLACES.items())
def test_wrong_place_is_one_sentence(tmp_path: Path, place: str, sentence: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadUsage) as refused:
        open_sink(place.format(tmp=tmp_path), CONTEXT)
    assert str(refused.value).startswith(sentence.format(tmp=tmp_path))


def test_line_end_in_a_name_adds_no_field() -> None:
    record = nagios_spool.Spool("/tmp").payload(result("fine", of=task("a\nreturn_code=0"), code=2))
    assert b"service_description=a return_code=0\n" in record
