"""Counts files: round trip, parts one after the other, damage, and reading by zcat."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from checkwright.latency import counts_file
from checkwright.latency.counts import Cell, Counts, Header, Minute
from checkwright.latency.counts_file import BadCounts

START = 1_795_939_200
HEADER = Header("web-1", "storefront", "/var/log/nginx/access.log", format="nginx", learned=("GET /u/{name}",))


def sample(start: int = START, name: str = "GET /u/{name}") -> Counts:
    counts = Counts([HEADER])
    slot = counts.slot(start)
    slot.lines, slot.unreadable, slot.norequest, slot.skipped = 20, 1, 2, 4_096
    slot.minutes[3] = Minute(9, 4_000, 3_100)
    slot.cell(name, "2xx").add(Cell({22: 3, 23: 4, 3_100: 1}, untimed=2))
    slot.cell("POST /orders", "cut").add(Cell({4_120: 1}))
    return counts


def facts(counts: Counts) -> object:
    return [
        {
            "slot": (slot.start, slot.lines, slot.unreadable, slot.norequest, slot.skipped),
            "minutes": {at: (one.requests, one.busy, one.slowest) for at, one in slot.minutes.items()},
            "cells": {key: (cell.times, cell.untimed) for key, cell in slot.cells.items()},
        }
        for slot in counts.between(0, 9e18)
    ]


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / counts_file.file_name(HEADER, "2026-11-29")
    assert path.name == "web-1.storefront.var_log_nginx_access.log.2026-11-29.counts.gz"
    size = counts_file.write(str(path), sample())
    assert size == path.stat().st_size
    found = counts_file.read(str(path))
    assert facts(found) == facts(sample())
    (header,) = found.headers
    assert (header.host, header.role, header.log, header.format, header.measure) == (
        *("web-1", "storefront", "/var/log/nginx/access.log"),
        *("nginx", "server"),
    )
    assert found.learned == {"GET /u/{name}"}
    assert found.sources == {("web-1", HEADER.log, "server"): {(START, 300): str(path)}}
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_file_is_readable_by_zcat(tmp_path: Path) -> None:
    path = tmp_path / "one.counts.gz"
    counts_file.write(str(path), sample())
    text = subprocess.run(["zcat", str(path)], capture_output=True, check=True, text=True).stdout
    header, row = map(json.loads, text.splitlines())
    assert header["checkwright"] == "latency counts"
    assert set(header["endpoints"]) == {"POST /orders", "GET /u/{name}"}
    assert row[:2] == [
        START,
        {"lines": 20, "unreadable": 1, "norequest": 2, "skipped": 4096, "minutes": [0, 0, 0, [9, 4000, 3100], 0]},
    ]
    number = header["endpoints"].index("GET /u/{name}")
    assert [number, "2xx", 2, [22, 3, 1, 4, 3077, 1]] in row[2]


def test_parts_after_each_other_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "day.counts.gz"
    slots = [sample(START), sample(START + 300, "GET /new"), sample(START)]
    slots[2].slot(START).lines = 99  # written again by a run after one that was killed
    path.write_bytes(b"".join(counts_file.packed(HEADER, list(one.slots.values())) for one in slots))
    found = counts_file.read(str(path))
    assert sorted(found.slots) == [START, START + 300]
    assert found.slots[START].lines == 99
    assert set(found.endpoints()) == {"GET /u/{name}", "GET /new", "POST /orders"}


def packed(*lines: object) -> bytes:
    return gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


GOOD_HEADER = {
    **{"checkwright": "latency counts", "version": 1, "host": "a", "role": "b", "log": "c", "measure": "server"},
    **{"step": 300, "endpoints": ["GET /"], "learned": []},
}
DAMAGE = {
    "no gzip": (b"hello\n", "is not gzip"),
    "nothing": (b"", "is empty"),
    "cut off": (gzip.compress(b"x" * 100)[:-10], "ends early"),
    "another file": (packed({"hello": 1}), "line 1 .* not a header"),
    "no JSON": (gzip.compress(b"GET / 200\n"), "line 1"),
    "a later version": (packed({**GOOD_HEADER, "version": 2}), "version 2 is not 1"),
    "no header": (packed([START, {}, []]), "the first line is no header"),
    "an endpoint too many": (packed(GOOD_HEADER, [START, {}, [[1, "2xx", 0, []]]]), "line 2"),
    "an unknown class": (packed(GOOD_HEADER, [START, {}, [[0, "6xx", 0, []]]]), "6xx"),
    "a negative count": (packed(GOOD_HEADER, [START, {"lines": -1}, []]), "-1 is not a whole number"),
    "a start between slots": (packed(GOOD_HEADER, [START + 7, {}, []]), "not the start of a slot"),
    "another log": (packed(GOOD_HEADER, {**GOOD_HEADER, "log": "d"}), "another log"),
    "a line without an end": (gzip.compress(b"[" * 17_000_000), "a line of more than 16000000 bytes"),
    "a number that no float holds": (packed(GOOD_HEADER, [START, {"lines": 10**400}, []]), "not a whole number"),
    "a time that no float holds": (packed(GOOD_HEADER, [START, {}, [[0, "2xx", 0, [10**400, 1]]]]), "larger than"),
    "a start that no date can show": (packed(GOOD_HEADER, [300 * 10**15, {}, []]), "not the start of a slot"),
    "a start before dates": (packed(GOOD_HEADER, [-300, {}, []]), "not the start of a slot"),
    "minutes without an end": (packed(GOOD_HEADER, [START, {"minutes": [[1, 1, 1]] * 6}, []]), "has 5 minutes"),
    "a missing host": (packed({key: value for key, value in GOOD_HEADER.items() if key != "host"}), "has no 'host'"),
}


@pytest.mark.parametrize(("data", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_file_is_one_sentence(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "damaged.counts.gz"
    path.write_bytes(data)
    with pytest.raises(BadCounts, match=reason) as caught:
        counts_file.read(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_long_names_stay_apart() -> None:
    names = {
        counts_file.file_name(Header("web", "shop", f"/srv/{'deep/' * 60}{number}.log"), "2026-11-29")
        for number in (1, 2)
    }
    assert len(names) == 2
    assert all(len(name) < 200 for name in names)


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "device"])
def test_file_that_may_never_end_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "one.counts.gz"
    if kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / "pipe")
        (path.hardlink_to if kind == "pipe" else path.symlink_to)(tmp_path / "pipe")
    with pytest.raises(BadCounts, match="is not a regular file"):
        counts_file.read(str(path))


def test_slots_without_an_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts_file, "_MOST_SLOTS", 3)
    path = tmp_path / "many.counts.gz"
    path.write_bytes(packed(GOOD_HEADER, *([START + 300 * number, {}, []] for number in range(4))))
    with pytest.raises(BadCounts, match="more than 3 slots"):
        counts_file.read(str(path))


def test_writing_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "one.counts.gz"
    other.write_text("of somebody else")
    path.symlink_to(other)
    counts_file.write(str(path), sample())
    assert other.read_text() == "of somebody else"
    assert not path.is_symlink()
    assert facts(counts_file.read(str(path))) == facts(sample())
