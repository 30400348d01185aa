"""Values from RRD files that the real rrdtool wrote as PNP4Nagios does."""

from pathlib import Path

import pytest

from checkwright.core.errors import CannotDo
from checkwright.history.rrd_files import read
from tests.support.pnp4nagios import write_service

#: 29 November 2026, 00:00 UTC.
END = 1_795_910_400
DAY = 86_400


def rows(days: float) -> list[tuple[int, tuple[float, float]]]:
    """Return a row each minute: 10, and 95 for the first minute of each hour; and the number of the hour."""
    first = END - int(days * DAY)
    return [(at, (95.0 if at % 3_600 == 0 else 10.0, float(at // 3_600 % 24))) for at in range(first, END + 60, 60)]


@pytest.mark.parametrize("multiple", [False, True])
def test_values_of_a_service(multiple: bool, tmp_path: Path) -> None:
    write_service(tmp_path, "web-1", "disk", ["space:/", "space:/srv & more"], rows(0.5), multiple=multiple)
    first, second = read(tmp_path, END - DAY / 4, END)
    assert (first.host, first.watch, first.label, first.unit) == ("web-1", "disk", "space:/", "%")
    assert second.label == "space:/srv & more"
    assert (first.resolution, first.averaged, first.item) == (60, True, "/")
    assert {value for _, value in first.points} == {10, 95}
    assert all(value == moment // 3_600 % 24 for moment, value in second.points if moment % 3_600)
    assert [moment for moment, _ in first.points] == sorted({moment for moment, _ in first.points})


def test_older_days_are_coarser_and_lose_peaks(tmp_path: Path) -> None:
    write_service(tmp_path, "web-1", "cpu", ["busy", "hour"], rows(6), multiple=False)
    found = read(tmp_path, END - 6 * DAY, END)[0]
    old = [value for moment, value in found.points if moment < END - 4 * DAY]
    new = [value for moment, value in found.points if moment > END - DAY]
    assert max(new) == 95
    assert 10 < max(old) < 40
    assert found.resolution == 300
    assert len(new) > 1_400 > len(old)


def test_services_are_chosen_by_their_description(tmp_path: Path) -> None:
    for service in ("cpu", "disk"):
        write_service(tmp_path, "web-1", service, ["busy", "hour"], rows(0.2), multiple=False)
    found = read(tmp_path, END - DAY, END, frozenset(["disk"]))
    assert {one.watch for one in found} == {"disk"}


def test_other_xml_and_missing_files_are_left_out(tmp_path: Path) -> None:
    write_service(tmp_path, "web-1", "cpu", ["busy", "hour"], rows(0.2), multiple=True)
    (tmp_path / "web-1/cpu_busy.rrd").unlink()
    (tmp_path / "web-1/other.xml").write_text("<a><b/></a>")
    (tmp_path / "web-1/huge.xml").write_text("<DATASOURCE>" * 500_000)
    assert [one.label for one in read(tmp_path, END - DAY, END)] == ["hour"]


def test_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    write_service(tmp_path, "web-1", "cpu", ["busy", "hour"], rows(0.2), multiple=False)
    (tmp_path / "web-1/cpu.rrd").write_bytes(b"no rrd file")
    with pytest.raises(CannotDo, match=r"rrdtool cannot read .*cpu\.rrd: "):
        read(tmp_path, END - DAY, END)


def test_missing_folder_and_program_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotDo, match="is not a folder: PNP4Nagios"):
        read(tmp_path / "gone", END - DAY, END)
    write_service(tmp_path, "web-1", "cpu", ["busy", "hour"], rows(0.1), multiple=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotDo, match="rrdtool is not installed"):
        read(tmp_path, END - DAY, END)
