"""Live main configuration of Nagios: its includes, and its verification with another folder of object files."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from checkwright.core.regular_file import read_regular
from nagios_cfg.deployment.preflight import preflight

_SECONDS = 600
_SETTING = re.compile(r"\s*(?P<name>[a-z_0-9]+)\s*=\s*(?P<value>.*?)\s*")
_PATHS = re.compile(r"cfg_(file|dir)|include_(file|dir)|resource_file|query_socket|.*_(file|path)")
_MESSAGE = re.compile(r"\s*(Error|Warning): .*")


class UnusableMainFile(Exception):
    """Error of a main configuration that deploy cannot use: one sentence."""


class MainFile:
    """Main configuration. Relative paths in it are relative to its folder, as in Nagios."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises UnusableMainFile if it cannot be read."""
        self.path = Path(os.path.abspath(path))
        try:
            self._lines = _lines_of(self.path)
        except OSError as error:
            raise UnusableMainFile(
                f"the main configuration {path} cannot be read ({error.strerror}): name Nagios's own by --main"
            ) from None

    def get(self, name: str) -> str:
        """Return the last value of a setting, "" if it is not set. A path is absolute."""
        return next((value for found, value in reversed([*self._all_settings()]) if found == name), "")

    def all(self, name: str) -> str:
        """Return all values of a setting, one a line."""
        return "\n".join(value for found, value in self._all_settings() if found == name)

    def check_includes(self, link: Path) -> None:
        """Raise UnusableMainFile unless the file includes `link` exactly once, by its own `cfg_dir`."""
        included = [_place(value) for name, value in self._settings() if name == "cfg_dir"]
        if link not in included:
            raise UnusableMainFile(
                f"{self.path} does not include {link}: add the line cfg_dir={link} to it, then deploy again"
            )
        for place in included:
            if Path(os.path.realpath(place)) in link.parents:
                raise UnusableMainFile(
                    f"{self.path} includes {link} twice, by itself and in {place}: move the link elsewhere"
                )

    def verify(self, nagios: str, link: Path, instead: Path) -> tuple[int, tuple[str, ...]]:
        """Run `nagios -v` on this configuration with the folder `instead` in place of `link`.

        Return its exit code, and its errors and warnings. The live file is not changed. Raises UnusableMainFile if
        Nagios cannot be started.
        """
        with tempfile.TemporaryDirectory(prefix="checkwright-deploy-") as scratch:
            folder = Path(scratch)
            folder.chmod(0o755)  # if root starts Nagios, it becomes its own user before it reads
            main = folder / self.path.name
            text = "".join(f"{line}\n" for line in self._with(link, instead))
            main.write_text(text, encoding="utf-8", errors="surrogateescape")
            main.chmod(0o644)
            try:
                result = preflight(nagios, main, _SECONDS, self.get("status_file"))
            except (OSError, subprocess.TimeoutExpired) as error:
                raise UnusableMainFile(f"{nagios} cannot be run: {error}") from None
        output = (result.stdout + result.stderr).decode(errors="replace")
        output = output.replace(str(main), str(self.path)).replace(str(instead), str(link))
        messages = tuple(line.strip() for line in output.splitlines() if _MESSAGE.fullmatch(line))
        return result.returncode, messages or ((" ".join(output.split()[-40:]),) if result.returncode else ())

    def _settings(self) -> Iterator[tuple[str, str]]:
        return _parse(self._lines, self.path.parent)

    def _all_settings(self) -> Iterator[tuple[str, str]]:
        """Yield the settings of this file and of those that it includes, in the order of reading."""
        return _followed(self._settings(), {self.path})

    def _with(self, link: Path, instead: Path) -> Iterator[str]:
        for name, value in self._settings():
            included = name == "cfg_dir" and _place(value) == link
            yield f"{name}={instead if included else value}"


def _parse(lines: Iterable[str], folder: Path) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = _SETTING.fullmatch(line)
        if match:
            name, value = match["name"], match["value"]
            yield name, os.path.join(folder, value) if _PATHS.fullmatch(name) and value else value


def _followed(settings: Iterable[tuple[str, str]], seen: set[Path]) -> Iterator[tuple[str, str]]:
    for name, value in settings:
        yield name, value
        for path in _included(name, Path(value)):
            if path in seen:
                continue
            seen.add(path)
            with suppress(OSError):  # Nagios itself says so, when it verifies
                yield from _followed(_parse(_lines_of(path), path.parent), seen)


def _lines_of(path: Path) -> list[str]:
    """Return the lines of a file. Raises OSError, also for a pipe or a device, which may never end."""
    return read_regular(path).decode("utf-8", "surrogateescape").splitlines()


def _included(name: str, path: Path) -> list[Path]:
    if name == "include_dir":
        return sorted(file for file in path.glob("*.cfg") if not file.name.startswith("."))
    return [path] if name == "include_file" else []


def _place(path: str) -> Path:
    """Return a path with the links in its parent folders resolved. The last component stays as it is."""
    plain = os.path.normpath(path)
    return Path(os.path.realpath(os.path.dirname(plain))) / os.path.basename(plain)
