"""Verification of rendered files by the real `icinga2 daemon -C`."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from icinga_cfg.dsl import origin_at
from icinga_cfg.icinga_folder import ICINGA
from icinga_cfg.rules import RefusedByIcinga

_SBIN = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/icinga2/sbin")
_SECONDS = 300
_ACCOUNT = "nagios"
#: Folders that Icinga writes, as constants of its configuration.
_WRITTEN = {"DataDir": "lib", "CacheDir": "cache", "InitRunDir": "run", "SpoolDir": "spool", "LogDir": "log"}
_MESSAGE = re.compile(r"\[[^\]]*\] (?P<severity>critical|warning)/(?P<source>\w+): (?P<text>.*)")
_PLACE = re.compile(r"in (?P<file>\S+): (?P<line>[0-9]+):[0-9]+")
#: Messages that only end the output.
_END = re.compile(r"Config validation failed.*|[0-9]+ errors?")


class CannotVerify(Exception):
    """Error of a machine where Icinga 2 cannot verify anything: one sentence."""


def find_icinga() -> str | None:
    """Return the path of icinga2, None if it is not installed."""
    return shutil.which("icinga2", path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))


def verify(*builds: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings of Icinga about builds that one server includes. Raises CannotVerify.

    Icinga that root starts becomes the account nagios before it reads; a user starts it as that user.
    """
    program = find_icinga()
    if program is None:
        raise CannotVerify("icinga2 is not installed on this machine: install icinga2-bin, or verify elsewhere")
    with tempfile.TemporaryDirectory(prefix="checkwright-verify-") as scratch:
        folder = Path(scratch)
        main = write_scratch(folder, builds)
        try:
            done = subprocess.run(
                [program, "daemon", "-C", *settings(folder, main)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                env={**os.environ, **account(), "LC_ALL": "C"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotVerify(f"{program} cannot be run: {error}") from None
        output = (done.stdout + done.stderr).decode(errors="replace")
        found = tuple(dict.fromkeys(_findings(output, folder)))
        if done.returncode and not any(one.severity == "error" for one in found):
            last = " ".join(output.split()[-40:])
            return (*found, RefusedByIcinga.finding(None, f"icinga2 failed with status {done.returncode}: {last}"))
        return found


def account() -> dict[str, str]:
    """Return the variables that name the account of Icinga: nagios for root, otherwise the present one."""
    if os.geteuid() == 0:
        return {"ICINGA2_USER": _ACCOUNT, "ICINGA2_GROUP": _ACCOUNT}
    return {"ICINGA2_USER": pwd.getpwuid(os.geteuid()).pw_name, "ICINGA2_GROUP": grp.getgrgid(os.getegid()).gr_name}


def settings(folder: Path, main: Path) -> list[str]:
    """Return the options of icinga2 for a scratch folder."""
    return ["-c", str(main), *(f"-D{name}={folder / below}" for name, below in _WRITTEN.items())]


def write_scratch(folder: Path, builds: tuple[Mapping[str, str], ...]) -> Path:
    """Write the objects of builds and a main configuration that includes them. Return its path."""
    for below in _WRITTEN.values():
        (folder / below).mkdir()
        (folder / below).chmod(0o777)
    lines = ['const NodeName = "checkwright"', "const ZoneName = NodeName", "object Endpoint NodeName { }"]
    lines += ["object Zone ZoneName { endpoints = [ NodeName ] }"]
    for number, build in enumerate(builds):
        for path, text in build.items():
            if path.startswith(f"{ICINGA}/"):
                target = folder / str(number) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="")
                lines.append(f'include "{target}"')
    main = folder / "icinga2.conf"
    main.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for one in (folder, *folder.rglob("*")):
        if one.name not in _WRITTEN.values():
            one.chmod(0o755)
    return main


def _findings(output: str, folder: Path) -> Iterator[Finding]:
    """Yield a finding for each message. Lines below a message say where."""
    lines = output.split("\n")
    for number, line in enumerate(lines):
        match = _MESSAGE.fullmatch(line)
        if match is None or _END.fullmatch(match["text"]):
            continue
        below = []
        for following in lines[number + 1 :]:
            if following.startswith("["):
                break
            below.append(following)
        place = _PLACE.search("\n".join((match["text"], *below)))
        origin: Origin | None = None
        if place:
            file = Path(place["file"])
            if file.is_relative_to(folder) and file.is_file():
                at = int(place["line"])
                found = origin_at(file.read_text(encoding="utf-8"), at)
                origin = found or Origin(str(file.relative_to(folder)), at)
        text = match["text"].replace(f"{folder}/", "")
        is_warning = match["severity"] == "warning"
        yield RefusedByIcinga.finding(origin, text, severity="warning" if is_warning else "error")
