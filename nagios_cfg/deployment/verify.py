"""Verification of rendered files by `nagios -v` and `visudo -c`, or by rules in Python where Nagios is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checkwright.registry.findings import Finding, Rule
from checkwright.registry.plan import Origin
from nagios_cfg import engines, object_faults
from nagios_cfg.cfgfile import Located, Unreadable, loads, read
from nagios_cfg.deployment.preflight import preflight
from nagios_cfg.engines import Engine, find_program
from nagios_cfg.folders import NAGIOS, NRPE, SUDOERS
from nagios_cfg.objects import ILLEGAL_IN_NAMES, Definition
from nagios_cfg.quote import NRPE_LINE_LIMIT, NRPE_LINE_REASON, STRIPPED

_SBIN = ("/usr/sbin", "/usr/local/sbin")
_SECONDS = 300

# Folders of the scratch configuration that Nagios must be able to write to.
_WRITABLE = ("results", "tmp")

_MESSAGE = re.compile(r"\s*(?P<severity>Error|Warning): (?P<text>.*?)\s*")
_PLACE = re.compile(r" ?\(config file '(?P<file>[^']+)', starting (?:on|at) line (?P<line>[0-9]+)\)")
_IN_FILE = re.compile(r"in file '(?P<file>[^']+)' on line (?P<line>[0-9]+)")
_NAMED = re.compile(
    r"(?P<kind>service|contact|host|hostgroup|servicegroup|contact ?group|command|time ?period)s?"
    r" '(?P<name>[^']+)'",
    re.IGNORECASE,
)
_VISUDO_MESSAGE = re.compile(r"stdin:(?P<line>[0-9]+)(?::[0-9]+)?: (?P<text>.+)")
_SERVICE_HOST = re.compile(r"host '(?P<host>[^']+)'")


class RefusedByNagios(Rule):
    """Nagios refuses a rendered file, or warns about it.

    The message is from `nagios -v`. The place is the declaration of the object that it names. If a
    valid registry leads to this finding, please report it.
    """

    id = "N020"


class RefusedByRules(Rule):
    """Rules in Python refuse a rendered file. They replace `nagios -v` if Nagios is not installed.

    They find unknown names, missing directives, duplicates and cycles of parents. If a valid registry
    leads to this finding, please report it.
    """

    id = "N021"


class UnreadableByNrpe(Rule):
    """A line in a file for NRPE could stop the NRPE daemon.

    NRPE has no option to verify its configuration. A line without `=`, or of more than 2,046 bytes,
    stops the daemon when it starts. This rule allows 2,000 bytes.
    """

    id = "N022"


class RefusedByVisudo(Rule):
    """A rendered file for sudo is refused by visudo.

    The message is from `visudo -c`. If a valid registry leads to this finding, please report it.
    """

    id = "N023"


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of a verification: findings N020 to N023.

    `by` names the programs: "nagios4 -v" or "rules in Python", followed by " and visudo -c" for files for sudo.
    """

    by: str
    findings: tuple[Finding, ...]


def find_nagios(engine: Engine = engines.NAGIOS) -> str | None:
    """Return the path of an engine, or of the other one, None if this machine has neither.

    Both read the same object files.
    """
    other = engines.NAGIOS if engine is engines.NAEMON else engines.NAEMON
    return find_program(engine) or find_program(other)


def verify(*builds: Mapping[str, str], nagios: str | None = None, engine: Engine = engines.NAGIOS) -> Verified:
    """Verify the files of one environment, or of several that one Nagios includes, as `render` returned them.

    `nagios` is the path of Nagios or Naemon. It defaults to the installed one, `engine` if both are; "" uses the rules
    in Python. Findings have the origin of the object's declaration in the registry.
    """
    nagios = find_nagios(engine) if nagios is None else nagios
    index = _Index(builds)
    visudo = _visudo(builds)
    for_machines = [finding for build in builds for finding in _nrpe_findings(build)]
    for_machines += (finding for build in builds for finding in (_sudo_findings(visudo, build) if visudo else ()))
    also = " and visudo -c" if visudo else ""
    if nagios:
        return Verified(f"{os.path.basename(nagios)} -v{also}", (*_run_nagios(nagios, builds, index), *for_machines))
    return Verified(f"rules in Python{also}", (*_apply_rules(builds), *for_machines))


class _Index:
    """Index of rendered definitions by file and line, and by kind and name. The files are parsed on first use."""

    def __init__(self, builds: tuple[Mapping[str, str], ...]) -> None:
        self._builds = builds

    @cached_property
    def _files(self) -> dict[str, list[Located]]:
        found: dict[str, list[Located]] = {}
        for number, build in enumerate(self._builds):
            for path, text in _object_files(build):
                with suppress(Unreadable):  # Nagios reports its line
                    found[f"{number}/{path}"] = loads(text, with_comments=False)
        return found

    @cached_property
    def _names(self) -> dict[tuple[str, str], list[Located]]:
        found: dict[tuple[str, str], list[Located]] = {}
        for located in self._files.values():
            for item in located:
                found.setdefault((item.definition.kind, item.definition.name), []).append(item)
        return found

    def at(self, file: str, line: int) -> Origin | None:
        """Return the origin of the definition at a line of a file."""
        before = [item for item in self._files.get(file, ()) if item.line <= line]
        return before[-1].definition.origin if before else None

    def named(self, text: str) -> Origin | None:
        """Return the origin of the first known object that a message of Nagios names."""
        names = {match["kind"].lower().replace(" ", ""): match["name"] for match in reversed([*_NAMED.finditer(text)])}
        host = names.get("host", "")
        for kind, name in sorted(names.items(), key=lambda item: item[0] != "service"):
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


def _apply_rules(builds: tuple[Mapping[str, str], ...]) -> Iterator[Finding]:
    unreadable: dict[tuple[Origin, str], None] = {}

    def definitions(files: Iterable[tuple[str, str]]) -> Iterator[Definition]:
        for path, text in files:
            try:
                for located in read(text, with_comments=False):
                    yield located.definition
            except Unreadable as error:
                unreadable[Origin(path, error.line), str(error)] = None

    # Files that hold nothing but services are most of a build, and nothing in them has to be remembered.
    services: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for build in builds:
        for path, text in _object_files(build):
            (services if _holds_only_services(text) else others).append((path, text))
    faults = list(object_faults.faults(definitions(others), lambda: definitions(services)))
    for origin, message in unreadable:
        yield RefusedByRules.finding(origin, message)
    if not unreadable:
        for fault in faults:
            yield RefusedByRules.finding(fault.definition.origin, fault.message)


def _holds_only_services(text: str) -> bool:
    return "    register" not in text and text.count("define ") == text.count("\ndefine service {\n")


def _run_nagios(nagios: str, builds: tuple[Mapping[str, str], ...], index: _Index) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="checkwright-verify-") as scratch:
        folder = Path(scratch)
        main = _write(folder, builds)
        # If root starts Nagios, it becomes its own user before it reads.
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.name in _WRITABLE else 0o755)
        try:
            result = preflight(nagios, main, _SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            yield RefusedByNagios.finding(None, f"{nagios} cannot be run: {error}")
            return
        output = result.stdout.decode(errors="replace") + result.stderr.decode(errors="replace")
        found = list(_parse_messages(output, folder, index))
        yield from found
        if result.returncode and not any(finding.severity == "error" for finding in found):
            last = " ".join(output.split()[-40:])
            yield RefusedByNagios.finding(None, f"{nagios} -v failed with status {result.returncode}: {last}")


def _parse_messages(output: str, folder: Path, index: _Index) -> Iterator[Finding]:
    """Yield findings from the output of Nagios. The same message about one declaration on many hosts is one finding."""
    groups: dict[tuple[str, str, Origin | None], list[str]] = {}
    for line in output.splitlines():
        match = _MESSAGE.fullmatch(line)
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
        groups.setdefault((severity, shape, origin), []).append(text.replace(f"{folder}/", ""))
    for (severity, _, origin), texts in groups.items():
        more = f" (and {len(texts) - 1} more like it)" if len(texts) > 1 else ""
        yield RefusedByNagios.finding(origin, texts[0] + more, severity="warning" if severity == "warning" else "error")


def _write(folder: Path, builds: tuple[Mapping[str, str], ...]) -> Path:
    for name in _WRITABLE:
        (folder / name).mkdir()
    settings = {
        "log_file": folder / "tmp" / "nagios.log",  # Naemon writes it, even with -v
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
    """Yield N022 for lines that stop the NRPE daemon."""
    for path, text in build.items():
        if not path.startswith(f"{NRPE}/"):
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            size = len(line.encode())
            if size > NRPE_LINE_LIMIT:
                message = f"a line of {size} bytes, above the limit of {NRPE_LINE_LIMIT}: {NRPE_LINE_REASON}"
                yield UnreadableByNrpe.finding(Origin(path, number), message)
            elif line and not line.startswith("#") and "=" not in line:
                yield UnreadableByNrpe.finding(Origin(path, number), "a line without = stops the NRPE daemon")


def _visudo(builds: tuple[Mapping[str, str], ...]) -> str | None:
    """Return the path of visudo(8), None if it is not installed or no build has files for sudo."""
    if not any(path.startswith(f"{SUDOERS}/") for build in builds for path in build):
        return None
    return shutil.which("visudo", path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))


def _sudo_findings(visudo: str, build: Mapping[str, str]) -> Iterator[Finding]:
    """Yield N023 for messages of visudo. One call verifies all files, because there may be thousands."""
    texts = {path: text for path, text in build.items() if path.startswith(f"{SUDOERS}/")}
    places = [(path, number) for path, text in texts.items() for number, _ in enumerate(text.splitlines(), start=1)]
    result = subprocess.run(
        [visudo, "-c", "-f", "-"],
        input="".join(texts.values()).encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    output = result.stdout.decode(errors="replace") + result.stderr.decode(errors="replace")
    first = {int(match["line"]): match["text"] for match in reversed([*_VISUDO_MESSAGE.finditer(output)])}
    for at, text in sorted(first.items()):
        yield RefusedByVisudo.finding(Origin(*places[min(at, len(places)) - 1]), f"visudo: {text}")
    if result.returncode and not first:
        message = f"visudo failed with status {result.returncode}: {' '.join(output.split())}"
        yield RefusedByVisudo.finding(None, message)
