"""Ask Nagios itself about rendered files; where it is missing, the rules in Python. It is said who looked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from nagios_cfg import object_faults
from nagios_cfg.cfgfile import Located, Unreadable, loads
from nagios_cfg.objects import ILLEGAL_IN_NAMES, Definition
from nagios_cfg.quote import NRPE_LINE_LIMIT, STRIPPED
from nagios_cfg.render import NAGIOS, NRPE, SUDOERS

_PROGRAMS = ("nagios4", "nagios")
_SBIN = ("/usr/sbin", "/usr/local/sbin", "/usr/local/nagios/bin")
_SECONDS = 300

# Folders of the scratch configuration that Nagios insists on being able to write to.
_WRITTEN = ("results", "tmp")

_SAID = re.compile(r"\s*(?P<severity>Error|Warning): (?P<text>.*?)\s*")
_PLACE = re.compile(r" ?\(config file '(?P<file>[^']+)', starting (?:on|at) line (?P<line>[0-9]+)\)")
_IN_FILE = re.compile(r"in file '(?P<file>[^']+)' on line (?P<line>[0-9]+)")
_NAMED = re.compile(
    r"(?P<kind>service|contact|host|hostgroup|servicegroup|contact ?group|command|time ?period)s?"
    r" '(?P<name>[^']+)'",
    re.IGNORECASE,
)
_SUDO_SAID = re.compile(r"stdin:(?P<line>[0-9]+)(?::[0-9]+)?: (?P<text>.+)")
_SERVICE_HOST = re.compile(r"host '(?P<host>[^']+)'")


@dataclass(frozen=True, slots=True)
class Verified:
    """`by` says who looked, "nagios4 -v" or "rules in Python", "and visudo -c" where there was something for it.

    `findings` are N020 to N023.
    """

    by: str
    findings: tuple[Finding, ...]


def find_nagios() -> str | None:
    """Return the path of Nagios's daemon on this machine, None when there is none."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_SBIN))
    return next((found for name in _PROGRAMS if (found := shutil.which(name, path=path))), None)


def verify(*builds: Mapping[str, str], nagios: str | None = None) -> Verified:
    """Verify what `render` returned, for one environment or for several that one Nagios includes.

    `nagios` is the path of the daemon; without it the one of this machine is used, if there is one. "" is for none.
    A finding has the origin in the registry of the object that it is about.
    """
    nagios = find_nagios() if nagios is None else nagios
    index = _Index(builds)
    visudo = _visudo(builds)
    of_machines = [finding for build in builds for finding in _nrpe_findings(build)]
    of_machines += (finding for build in builds for finding in (_sudo_findings(visudo, build) if visudo else ()))
    also = " and visudo -c" if visudo else ""
    if nagios:
        return Verified(f"{os.path.basename(nagios)} -v{also}", (*_ask(nagios, builds, index), *of_machines))
    return Verified(f"rules in Python{also}", (*_by_rules(index), *of_machines))


class _Index:
    """Rendered definitions by file and line, and by kind and name. They are read when somebody asks for one."""

    def __init__(self, builds: tuple[Mapping[str, str], ...]) -> None:
        self._builds = builds
        self.unreadable: list[tuple[str, Unreadable]] = []

    @cached_property
    def _files(self) -> dict[str, list[Located]]:
        found: dict[str, list[Located]] = {}
        for number, build in enumerate(self._builds):
            for path, text in _object_files(build):
                try:
                    found[f"{number}/{path}"] = loads(text)
                except Unreadable as error:
                    self.unreadable.append((path, error))
        return found

    @cached_property
    def _names(self) -> dict[tuple[str, str], list[Located]]:
        found: dict[tuple[str, str], list[Located]] = {}
        for located in self._files.values():
            for item in located:
                found.setdefault((item.definition.kind, item.definition.name), []).append(item)
        return found

    def definitions(self) -> Iterator[Definition]:
        return (item.definition for located in self._files.values() for item in located)

    def at(self, file: str, line: int) -> Origin | None:
        """The origin of the definition that holds a line of a file."""
        before = [item for item in self._files.get(file, ()) if item.line <= line]
        return before[-1].definition.origin if before else None

    def named(self, text: str) -> Origin | None:
        """The origin of the object that a message of Nagios is about: the first that it names and we know."""
        said = {match["kind"].lower().replace(" ", ""): match["name"] for match in reversed([*_NAMED.finditer(text)])}
        host = said.get("host", "")
        for kind, name in sorted(said.items(), key=lambda item: item[0] != "service"):
            candidates = self._names.get((kind, name), [])
            for item in candidates:
                if kind != "service" or len(candidates) == 1 or self._covers(item, host):
                    return item.definition.origin
        return None

    def _covers(self, service: Located, host: str) -> bool:
        definition = service.definition
        if host in definition.listed("host_name"):
            return True
        groups = {
            group for item in self._names.get(("host", host), []) for group in item.definition.listed("hostgroups")
        }
        excluded = f"!{host}" in definition.listed("host_name")
        return not excluded and not groups.isdisjoint(definition.listed("hostgroup_name"))


def _object_files(build: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((path, text) for path, text in build.items() if path.startswith(f"{NAGIOS}/") and path.endswith(".cfg"))


def _by_rules(index: _Index) -> Iterator[Finding]:
    definitions = list(index.definitions())
    for path, error in index.unreadable:
        yield Finding("N021", "error", Origin(path, error.line), str(error))
    if not index.unreadable:
        for fault in object_faults.faults(definitions):
            yield Finding("N021", "error", fault.definition.origin, fault.message)


def _ask(nagios: str, builds: tuple[Mapping[str, str], ...], index: _Index) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="checkwright-verify-") as scratch:
        folder = Path(scratch)
        main = _write(folder, builds)
        # Nagios, started by root, becomes its own user before it reads.
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.name in _WRITTEN else 0o755)
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
            yield Finding("N020", "error", None, f"{nagios} could not be asked: {error}")
            return
        said = ran.stdout.decode(errors="replace") + ran.stderr.decode(errors="replace")
        found = list(_understood(said, folder, index))
        yield from found
        if ran.returncode and not any(finding.severity == "error" for finding in found):
            last = " ".join(said.split()[-40:])
            yield Finding("N020", "error", None, f"{nagios} -v failed with status {ran.returncode}: {last}")


def _understood(said: str, folder: Path, index: _Index) -> Iterator[Finding]:
    """Turn what Nagios said into findings. The same about one declaration on many hosts is said once."""
    alike: dict[tuple[str, str, Origin | None], list[str]] = {}
    for line in said.splitlines():
        match = _SAID.fullmatch(line)
        if match is None:
            continue
        severity, text = match["severity"].lower(), match["text"]
        place = _PLACE.search(text) or _IN_FILE.search(text)
        if place:
            origin = index.at(place["file"].removeprefix(f"{folder}/"), int(place["line"]))
            text = _PLACE.sub("", text) if origin else text
        else:
            origin = index.named(text)
        shape = _SERVICE_HOST.sub("host", text) if origin else text
        alike.setdefault((severity, shape, origin), []).append(text.replace(f"{folder}/", ""))
    for (severity, _, origin), texts in alike.items():
        more = f" (and {len(texts) - 1} more like it)" if len(texts) > 1 else ""
        yield Finding("N020", "warning" if severity == "warning" else "error", origin, texts[0] + more)


def _write(folder: Path, builds: tuple[Mapping[str, str], ...]) -> Path:
    for name in _WRITTEN:
        (folder / name).mkdir()
    settings = {
        "log_file": folder / "nagios.log",
        "object_cache_file": folder / "objects.cache",
        "status_file": folder / "status.dat",
        "state_retention_file": folder / "retention.dat",
        "command_file": folder / "nagios.cmd",
        "lock_file": folder / "nagios.lock",
        "query_socket": folder / "nagios.qh",
        "temp_file": folder / "tmp" / "nagios.tmp",
        "temp_path": folder / "tmp",
        "check_result_path": folder / "results",
        "illegal_object_name_chars": ILLEGAL_IN_NAMES,
        "illegal_macro_output_chars": STRIPPED,
        "interval_length": "60",
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    for number, build in enumerate(builds):
        for path, text in _object_files(build):
            target = folder / str(number) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
            lines.append(f"cfg_file={target}")
    main = folder / "nagios.cfg"
    main.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return main


def _nrpe_findings(build: Mapping[str, str]) -> Iterator[Finding]:
    """N022: lines that would stop the NRPE daemon, which has no way of its own to be asked."""
    for path, text in build.items():
        if not path.startswith(f"{NRPE}/"):
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            size = len(line.encode())
            if size > NRPE_LINE_LIMIT:
                message = f"a line of {size} bytes, and one above {NRPE_LINE_LIMIT} stops the NRPE daemon"
                yield Finding("N022", "error", Origin(path, number), message)
            elif line and not line.startswith("#") and "=" not in line:
                yield Finding("N022", "error", Origin(path, number), "a line that NRPE cannot read stops its daemon")


def _visudo(builds: tuple[Mapping[str, str], ...]) -> str | None:
    """The path of visudo(8), None where it is not installed or has nothing to judge."""
    if not any(path.startswith(f"{SUDOERS}/") for build in builds for path in build):
        return None
    return shutil.which("visudo", path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))


def _sudo_findings(visudo: str, build: Mapping[str, str]) -> Iterator[Finding]:
    """N023: what visudo says of the files for sudo. One call: there may be thousands."""
    texts = {path: text for path, text in build.items() if path.startswith(f"{SUDOERS}/")}
    places = [(path, number) for path, text in texts.items() for number, _ in enumerate(text.splitlines(), start=1)]
    ran = subprocess.run(
        [visudo, "-c", "-f", "-"],
        input="".join(texts.values()).encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    said = ran.stdout.decode(errors="replace") + ran.stderr.decode(errors="replace")
    first = {int(match["line"]): match["text"] for match in reversed([*_SUDO_SAID.finditer(said)])}
    for at, text in sorted(first.items()):
        yield Finding("N023", "error", Origin(*places[min(at, len(places)) - 1]), f"visudo says: {text}")
    if ran.returncode and not first:
        yield Finding("N023", "error", None, f"visudo failed with status {ran.returncode}: {' '.join(said.split())}")
