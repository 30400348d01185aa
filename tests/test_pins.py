"""requirements.txt: every package that a machine needs, pinned by version and hash."""

import configparser
import re

from checkwright.asset.distributions import canonical, parse
from tests.support.installed import ROOT

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^ ;]+)(?: ;[^\\]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


def pins() -> dict[str, str]:
    text = (ROOT / "requirements.txt").read_text()
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    found = {canonical(match[1]): match[2] for match in _PIN.finditer(body)}
    assert _PIN.sub("", body) == "", "a line without a version and hashes"
    return found


def test_every_package_of_a_machine_is_pinned_in_an_accepted_version() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    extras = dict(config["options.extras_require"])
    families = {name for name in extras if name not in ("all", "test", "lint", "docs")}
    lines = [config["options"]["install_requires"], *(extras[name] for name in families)]
    required = {line.strip() for block in lines for line in block.splitlines() if line.strip() and line[0] != "#"}
    pinned = pins()
    for line in required:
        name = parse(line)[0]
        assert name in pinned, f"run scripts/pins: {line}"
        least = line.partition(">=")[2].partition(",")[0]
        assert [int(part) for part in re.findall(r"\d+", pinned[name])[:2]] >= [
            int(part) for part in least.split(".")[:2]
        ], line


def test_nothing_but_an_index_is_named() -> None:
    text = (ROOT / "requirements.txt").read_text()
    assert "file:" not in text and "--find-links" not in text and "@" not in text
