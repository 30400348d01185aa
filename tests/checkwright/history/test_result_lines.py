"""Results of the batch as recorded values."""

import gzip
import json
from pathlib import Path

import pytest

from checkwright.core.errors import CannotDo
from checkwright.history.result_lines import read
from tests.support.recorded_day import result_lines
from tests.support.shop_day import MIDNIGHT, shop_day


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return result_lines(shop_day(rate=1, hours=4, slow_from=None).parts[0])


def test_values_are_read_by_host_watch_and_label(lines: list[str], tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_text("\n".join(lines) + "\n")
    found = {(one.host, one.watch, one.label): one for one in read([file]).series}
    assert len(found) == 5
    cpu = found["web-1", "cpu", "busy"]
    assert (cpu.unit, cpu.crit, cpu.check, cpu.environment, cpu.resolution) == ("%", "95", "cpu", "production", 300)
    assert cpu.points[0][0] == MIDNIGHT + 7.5
    assert (found["db-1", "disk_io", "busy:sda"].gauge, found["db-1", "disk_io", "busy:sda"].item) == ("busy", "sda")


def test_rotated_files_in_any_order_count_each_result_once(lines: list[str], tmp_path: Path) -> None:
    old, new = tmp_path / "results.1.gz", tmp_path / "results"
    old.write_bytes(gzip.compress("\n".join(lines[:120]).encode()))
    new.write_text("\n".join(lines[100:]))
    whole = tmp_path / "whole"
    whole.write_text("\n".join(lines))
    assert read([new, old]).series == read([whole]).series


def test_lines_that_are_no_results_are_counted(lines: list[str], tmp_path: Path) -> None:
    file = tmp_path / "results"
    bad = ["", "{}", '{"host": 1}', "[]", "nonsense", lines[0][:50], "[" * 100_000]
    odd = [None, {}, {"label": 1, "value": 2}, {"label": "x", "value": None}, {"label": "y", "value": float("nan")}]
    unusual = json.loads(lines[1]) | {"values": odd}
    file.write_text("\n".join([*lines[:10], *bad, json.dumps(unusual)]) + "\n")
    found = read([file])
    assert found.unreadable == len(bad)
    assert sum(len(one.points) for one in found.series) == 10


def test_gzip_that_ends_early_keeps_what_came_before(lines: list[str], tmp_path: Path) -> None:
    file = tmp_path / "results.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode())[:-200])
    found = read([file])
    assert found.unreadable >= 1
    assert found.series


@pytest.mark.parametrize(
    ("code", "value", "other"),
    [(0, 10, None), (2, 10, 2), (3, 10, 3), (1, 85, 0), (2, 95, 0), (2, 85, 2), (3, 85, 3), (3, 95, 0), (9, 10, None)],
)
def test_words_and_errors_are_what_numbers_do_not_explain(
    code: int, value: float, other: int | None, lines: list[str], tmp_path: Path
) -> None:
    record = json.loads(lines[0]) | {"exit_code": code}
    record["values"] = [record["values"][0] | {"value": value, "warn": "80", "crit": "90"}]
    file = tmp_path / "results"
    file.write_text(json.dumps(record))
    found = [one.points[0][1] for one in read([file]).series if one.label == ""]
    assert found == ([] if other is None else [other])


def test_since_leaves_out_older_results(lines: list[str], tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.write_text("\n".join(lines))
    for one in read([file], since=MIDNIGHT + 3_600).series:
        assert one.points[0][0] >= MIDNIGHT + 3_600


REFUSED = {
    "no results": ("plain text\n", r"results holds no results: .*--to json-lines"),
    "a missing file": (None, r"Cannot read .*results: No such file or directory"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_other_files_are_refused(text: str | None, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "results"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CannotDo, match=sentence):
        read([file])
