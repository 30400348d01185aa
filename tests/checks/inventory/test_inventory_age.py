"""Check inventory_age against a fake, and against files as a pull writes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.inventory.fake import FakeInventories
from checks.inventory.inventory_age import InventoryAge
from checks.inventory.source import Header, Inventories, parse_header
from checkwright.core.as_of import AsOf
from checkwright.core.errors import CannotTell
from checkwright.inventory.host_rows import HostRow, write_rows
from checkwright.testing import Golden, run
from tests.support.sample import Sample

DAY = 86_400
INVENTORIES = FakeInventories(
    {
        "/fresh.csv": Header(3600, 40),
        "/old.csv": Header(8 * DAY, 40),
        "/missing.csv": CannotTell("/missing.csv cannot be read: No such file or directory"),
    }
)
CASES = {
    "fresh": ("-f /fresh.csv", "OK"),
    "old": ("-f /fresh.csv -f /old.csv", "WARNING"),
    "old enough to be critical": ("-f /old.csv --age-critical 8d --hosts-warning 50:", "WARNING"),
    "missing": ("-f /fresh.csv -f /missing.csv", "UNKNOWN"),
    "no name": ("-f ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_inventory_age(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(InventoryAge, command_line, INVENTORIES)
    assert outcome.state == state
    golden(outcome)


def test_file_of_a_pull_is_read(tmp_path: Path) -> None:
    file = tmp_path / "live.csv"
    pulled = datetime.now(UTC) - timedelta(days=9)
    file.write_text(write_rows([HostRow("a", "10.0.0.1", ("web",))], AsOf("puppetdb", 1, 1, pulled)))
    header = Inventories().header(str(file))
    assert (header.hosts, round(header.age / DAY)) == (1, 9)
    assert run(InventoryAge, f"-f {file}", Inventories()).state == "WARNING"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,address\n", "/a.csv was not written by checkctl inventory pull: its first line holds no time"),
        ("", "/a.csv was not written by checkctl inventory pull"),
        ("# checkctl inventory pull: x\n", "/a.csv: the header of the inventory is damaged: pull it again"),
    ],
)
def test_file_without_a_time_is_unknown(text: str, sentence: str) -> None:
    with pytest.raises(CannotTell) as refused:
        parse_header(text, "/a.csv", 0)
    assert sentence in str(refused.value)


def test_file_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "no.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(CannotTell, match=f"^{path} cannot be read: {why}$"):
            Inventories().header(str(path))


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    """Return the check of an inventory that was pulled just now."""
    file = folder / "live.csv"
    file.write_text(write_rows([HostRow("a", "10.0.0.1", ("web",))], AsOf("puppetdb", 1, 1, datetime.now(UTC))))
    yield Sample(f"--file {file}")


def test_facts_of_the_future_are_unknown() -> None:
    """A negative age would never alert."""
    first = AsOf("puppetdb", 1, 1, datetime(2036, 1, 7, 6, 47, tzinfo=UTC))
    now = datetime(2026, 1, 7, tzinfo=UTC).timestamp()
    with pytest.raises(CannotTell, match=r"/a.csv: its facts are of the future, 2036-01-07 06:47 UTC: pull it again"):
        parse_header(f"{first}\n", "/a.csv", now)
    assert parse_header(f"{first}\n", "/a.csv", first.time.timestamp() - 60).age == -60
