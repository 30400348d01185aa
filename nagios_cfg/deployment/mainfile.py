"""The live main configuration of Nagios: what it includes, and how it fares with a folder in another's place."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_SECONDS = 600
_SETTING = re.compile(r"\s*(?P<name>[a-z_0-9]+)\s*=\s*(?P<value>.*?)\s*")
_PATHS = re.compile(r"cfg_(file|dir)|include_(file|dir)|resource_file|query_socket|.*_(file|path)")
_SAID = re.compile(r"\s*(Error|Warning): .*")


class Unusable(Exception):
    """A main configuration that cannot be worked with: one sentence."""


class MainFile:
    """A main configuration; relative paths in it are relative to its folder, as Nagios has them."""

    def __init__(self, path: Path) -> None:
        """Raises Unusable when it cannot be read."""
        self.path = Path(os.path.abspath(path))
        try:
            self._lines = self.path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError as error:
            raise Unusable(
                f"the main configuration {path} cannot be read ({error.strerror}): name Nagios's own by --main"
            ) from None

    def get(self, name: str) -> str:
        """The last value of a setting, "" when it is not set; a path is absolute."""
        return next((value for found, value in reversed([*self._settings()]) if found == name), "")

    def check_includes(self, link: Path) -> None:
        """Raises Unusable unless the file includes `link` by a `cfg_dir` of its own, and in no other way."""
        included = [_place(value) for name, value in self._settings() if name == "cfg_dir"]
        if link not in included:
            raise Unusable(f"{self.path} does not include {link}: add the line cfg_dir={link} to it, then deploy again")
        for place in included:
            if Path(os.path.realpath(place)) in link.parents:
                raise Unusable(f"{self.path} includes {place} too, and {link} in it twice: move the link elsewhere")

    def verify(self, nagios: str, link: Path, instead: Path) -> tuple[int, tuple[str, ...]]:
        """Ask `nagios -v` about this configuration with the folder `instead` in the place of `link`.

        Returns its exit code, and its errors and warnings. Raises Unusable when it cannot be asked. The live file
        is not touched.
        """
        with tempfile.TemporaryDirectory(prefix="checkwright-deploy-") as scratch:
            folder = Path(scratch)
            folder.chmod(0o755)  # Nagios, started by root, becomes its own user before it reads
            main = folder / self.path.name
            text = "".join(f"{line}\n" for line in self._with(link, instead))
            main.write_text(text, encoding="utf-8", errors="surrogateescape")
            main.chmod(0o644)
            try:
                ran = subprocess.run(
                    [nagios, "-v", str(main)],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=_SECONDS,
                    check=False,
                    env={**os.environ, "LC_ALL": "C"},
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Unusable(f"{nagios} could not be asked: {error}") from None
        said = (ran.stdout + ran.stderr).decode(errors="replace")
        said = said.replace(str(main), str(self.path)).replace(str(instead), str(link))
        found = tuple(line.strip() for line in said.splitlines() if _SAID.fullmatch(line))
        return ran.returncode, found or ((" ".join(said.split()[-40:]),) if ran.returncode else ())

    def _settings(self) -> Iterator[tuple[str, str]]:
        for line in self._lines:
            match = _SETTING.fullmatch(line)
            if match:
                yield match["name"], self._absolute(match["name"], match["value"])

    def _absolute(self, name: str, value: str) -> str:
        return os.path.join(self.path.parent, value) if _PATHS.fullmatch(name) and value else value

    def _with(self, link: Path, instead: Path) -> Iterator[str]:
        for name, value in self._settings():
            included = name == "cfg_dir" and _place(value) == link
            yield f"{name}={instead if included else value}"


def _place(path: str) -> Path:
    """A path without the links on the way to it; one at its end stays."""
    plain = os.path.normpath(path)
    return Path(os.path.realpath(os.path.dirname(plain))) / os.path.basename(plain)
