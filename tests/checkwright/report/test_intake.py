"""Counts files on several processes: the same sums, errors and sentences as on one."""

import os
from pathlib import Path

import pytest

from checkwright.core.errors import CannotDo
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, DuplicateCounts, Header
from checkwright.report import intake
from checkwright.report.as_json import as_json
from checkwright.report.build import Wishes, build
from tests.support.shop_day import shop_day


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the counts of seven machines."""
    for part in shop_day(rate=1.0, hours=6, machines=7, environment="").parts:
        counts_file.write(str(tmp_path / f"{part.headers[0].host}.counts.gz"), part)
    return tmp_path


@pytest.fixture
def on_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three processes, however few bytes the files have."""
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(intake, "_PAYS", 0)


def report(folder: Path, *files: Path) -> tuple[object, list[str], list[str]]:
    shown: list[str] = []
    places = {"web-1": "production", "web-2": "production", "web-3": "qa"}
    gathered, left_out = intake.gather(files, [folder], places, shown.append)
    return as_json(build(gathered.groups(), Wishes(), None, [])), left_out, shown


def test_sums_are_those_of_one_process(
    folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "damaged.counts.gz").write_bytes(b"\x1f\x8bno")
    one, left_out, shown = report(folder)
    assert shown[-1] == "reading 8 of 8 counts files"
    request.getfixturevalue("on_three")
    several, same, steps = report(folder)
    assert several == one
    assert left_out == same == [f"Left out: {folder}/damaged.counts.gz is not gzip, or is damaged: "
                                "Error -3 while decompressing data: unknown compression method."]  # fmt: skip
    assert 2 < len(steps) < 8
    assert steps[-1] == shown[-1]


@pytest.mark.usefixtures("on_three")
def test_counts_that_come_twice_are_found_across_processes(folder: Path) -> None:
    (folder / "z.counts.gz").write_bytes((folder / "web-1.counts.gz").read_bytes())
    with pytest.raises(
        DuplicateCounts, match=r"z\.counts\.gz: the counts of .* on web-1 at .* are in .*web-1\.counts\.gz"
    ):
        report(folder)


@pytest.mark.usefixtures("on_three")
def test_named_file_that_is_damaged_is_an_error(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    damaged = tmp_path_factory.mktemp("other") / "a.counts.gz"
    damaged.write_bytes(b"")
    with pytest.raises(CannotDo, match=r"a\.counts\.gz is empty"):
        report(folder, damaged)


@pytest.mark.usefixtures("on_three")
def test_one_file_needs_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ProcessPoolExecutor", None)
    counts = Counts([Header("web-1", "api", "access.log")])
    counts.slot(1_795_910_400).cell("GET /", "2xx").times[3] = 1
    counts_file.write(str(tmp_path / "a.counts.gz"), counts)
    gathered, left_out = intake.gather([], [tmp_path], {})
    assert (gathered.groups()[0].server.requests, left_out) == (1, [])
