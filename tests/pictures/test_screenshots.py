"""The script makes every screenshot of the documentation, with a real Chromium."""

import re
import struct
from pathlib import Path

import pytest

from pictures.__main__ import main
from pictures.screenshots import SCREENSHOTS, Screenshot, latency_report
from tests.support.browser import chromium
from tests.support.installed import ROOT

IMAGES = ROOT / "docs/images"


def size(file: Path) -> tuple[int, int]:
    """Return width and height of a PNG."""
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.slow
@pytest.mark.parametrize("page", SCREENSHOTS, ids=lambda page: page.name)
def test_screenshot_is_made(page: Screenshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium()  # skips without it
    monkeypatch.setattr("sys.argv", ["pictures", page.name, "--out", str(tmp_path)])
    main()
    made = tmp_path / f"{page.name}.png"
    assert size(made) == page.size
    assert len(made.read_bytes()) > 40_000


def test_every_screenshot_has_a_picture_and_no_picture_is_left_over() -> None:
    assert {file.stem for file in IMAGES.glob("*.png")} == {page.name for page in SCREENSHOTS}
    assert [page.name for page in SCREENSHOTS if size(IMAGES / f"{page.name}.png") != page.size] == []


def test_unknown_picture_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pictures", "explian"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "there is no picture 'explian': choose from check, alert" in capsys.readouterr().err


@pytest.mark.slow
def test_guide_quotes_the_report_of_its_picture(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guides/latency-report.md").read_text(encoding="utf-8")
    (sample,) = re.findall(
        r"^\$ checkctl latency report [^`]*?\\\n    --mark .*?\n(.*?)^\.\.\.\n```$", guide, re.M | re.S
    )
    resources = re.findall(r"^WHAT SATURATES FIRST\n(.*?)^```$", guide, re.M | re.S)
    _, printed = latency_report(tmp_path)
    quoted = [line for line in [*sample.splitlines(), *resources[0].splitlines()] if line not in printed.splitlines()]
    assert quoted == []
