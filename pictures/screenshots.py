"""Screenshots of pages by Chromium: the latency report, a server in the catalogue, and present problems.

Their data are fixed, so another run differs only by the fonts and the Chromium of the machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from checkwright.latency import counts_file
from checkwright.registry.planning import plan
from checkwright.status import status_dat, status_page
from checkwright.status.present_problems import status
from checkwright.web.clock import Clock
from pictures import chromium
from pictures.run import BIN, silently
from pictures.shop import ROOT, SHOP
from shop import nagios_status
from tests.support.recorded_day import result_lines
from tests.support.shop_day import shop_day

_CHECKCTL = str(BIN / "checkctl")
#: Present moment of the page of problems: 29 November 2026, 23:48 UTC.
_NOW = 1_795_996_080
_PHONE, _GAP = 390, 10
_FRAMES = """<!DOCTYPE html>
<style>body{{margin:0;background:#8a8a8a}}iframe{{border:0;position:absolute;top:10px}}</style>
<iframe srcdoc="{page}" style="left:10px" width="{phone}" height="{height}"></iframe>
<iframe srcdoc="{page}" style="left:{left}px" width="{wide}" height="{height}"></iframe>
"""


@dataclass(frozen=True)
class Screenshot:
    """Picture of a page. size: width and height in pixels. write: writes the page below a folder and returns it."""

    name: str
    size: tuple[int, int]
    write: Callable[[Path], Path]

    def take(self, file: Path) -> None:
        """Write the picture as PNG. Raises NoPicture and Unexpected."""
        program = chromium.program()
        with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
            page = self.write(Path(folder))
            chromium.screenshot(program, page, file, Path(folder), self.size)


def _latency_report(folder: Path) -> Path:
    return latency_report(folder)[0]


def latency_report(folder: Path) -> tuple[Path, str]:
    """Report on the day that the guide shows. Returns the page, and the text that the command prints."""
    day = shop_day(rate=12, workers=4, connections=2, machines=3)
    for part in day.parts:
        counts_file.write(str(folder / f"{part.headers[0].host}.counts.gz"), part)
    # Resources follow the load of the whole role, which each machine has a third of.
    (folder / "results.jsonl").write_text("\n".join(result_lines(day.parts[0])) + "\n", encoding="utf-8")
    sources = ("--counts", str(folder), "--results", str(folder / "results.jsonl"))
    page = folder / "latency.html"
    words = ("latency", "report", *sources, "--mark", "2026-11-29 15:00=deploy v412", "--html", str(page))
    return page, silently((_CHECKCTL, *words), folder)


def _catalogue(folder: Path) -> Path:
    silently((_CHECKCTL, "--project", str(SHOP), "catalogue", "--out", str(folder / "catalogue")), ROOT)
    return folder / "catalogue/host/production/pay-1.html"


def _status(folder: Path) -> Path:
    made, _ = plan(str(SHOP), "production")
    text = "".join(nagios_status.blocks(made, _NOW - 8))
    snapshot = status_dat.parse(text, "/var/lib/nagios4/status.dat")
    page = escape(status_page.page(status([made], [snapshot], [], _NOW), Clock("UTC")))
    width, height = SIZES["status"]
    left = _PHONE + 2 * _GAP
    shape = {"phone": _PHONE, "left": left, "wide": width - left - _GAP, "height": height - 2 * _GAP}
    frames = folder / "frames.html"
    frames.write_text(_FRAMES.format(page=page, **shape), encoding="utf-8")
    return frames


SIZES = {"latency-report": (1100, 1750), "catalogue-host": (1100, 1250), "status": (1190, 1020)}
SCREENSHOTS = (
    Screenshot("latency-report", SIZES["latency-report"], _latency_report),
    Screenshot("catalogue-host", SIZES["catalogue-host"], _catalogue),
    Screenshot("status", SIZES["status"], _status),
)
