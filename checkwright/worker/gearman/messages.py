"""Texts of mod_gearman: jobs as its broker module writes them, results as that module reads them.

Both are lines of `key=value`, split at the first `=`. A reader ignores unknown keys.
"""

from dataclasses import dataclass
from hashlib import sha256
from math import isfinite

from checkwright.worker.gearman.payload import BadPayload

#: Types of jobs that Nagios waits for, and types that run without an answer.
CHECKS = ("service", "host")
UNANSWERED = ("eventhandler", "notification")


#: Characters of an identity that is kept as it is.
_LONGEST_IDENTITY = 1_024


@dataclass(frozen=True, slots=True)
class Job:
    """A job of Nagios.

    command: the whole command line, "" if the job has none. result_queue: "" for a job without an answer.
    core_time: when the module sent it, as text, since an answer must repeat it exactly; "" if the job has none.
    sent: the same in seconds since 1970. timeout: seconds, None for the worker's default.
    """

    type: str
    command: str
    result_queue: str = ""
    host: str = ""
    service: str = ""
    core_time: str = ""
    sent: float | None = None
    timeout: float | None = None

    @property
    def answered(self) -> bool:
        """Return whether Nagios waits for a result."""
        return self.type in CHECKS

    @property
    def identity(self) -> tuple[str, str, str]:
        """Key that two copies of one job share: gearmand delivers at least once. Never long, since many are kept."""
        found = self.host, self.service, self.core_time
        if sum(map(len, found)) <= _LONGEST_IDENTITY:
            return found
        return "", "", sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a check. start, finish: seconds since 1970. output: all of it, with line ends and the bar."""

    host: str
    service: str
    core_time: str
    start: float
    finish: float
    code: int
    output: str
    source: str


def read_job(text: str) -> Job:
    """Parse a job. Raises BadPayload if it has no known type, or does not name the receiver of the answer."""
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            # The first value counts: the command comes last, and a line end in its arguments must not add fields.
            fields.setdefault(key, value)
    kind = fields.get("type", "")
    if kind not in (*CHECKS, *UNANSWERED):
        raise BadPayload("type", f"it is a job of type {kind!r}" if kind else "it has no type")
    if kind in CHECKS:
        for needed in ("host_name", "result_queue", *(("service_description",) if kind == "service" else ())):
            if not fields.get(needed):
                raise BadPayload("field", f"it is a {kind} job without {needed}")
    times = (fields.get(key, "") for key in ("core_time", "next_check", "start_time"))
    core_time = next((text for text in times if _number(text) is not None), "")
    return Job(
        kind,
        fields.get("command_line", "").strip(),
        fields.get("result_queue", ""),
        fields.get("host_name", ""),
        fields.get("service_description", "") if kind == "service" else "",
        core_time,
        _number(core_time),
        _number(fields.get("timeout", "")) or None,
    )


def write_result(result: Result, *, passive: bool = False) -> str:
    """Return the text of a result. The output goes last, since the module stops to read at the first empty value.

    passive: Nagios did not request this result.
    """
    lines = [
        *(("type=passive",) if passive else ()),
        f"host_name={result.host}",
        f"core_start_time={result.core_time or f'{result.start:.6f}'}",
        f"start_time={result.start:.6f}",
        f"finish_time={result.finish:.6f}",
        f"return_code={result.code}",
        "exited_ok=1",
        f"source={_one_line(result.source)}",
        *((f"service_description={result.service}",) if result.service else ()),
        f"output={escaped(result.output)}",
    ]
    return "\n".join(lines) + "\n\n\n"


def escaped(output: str) -> str:
    """Return output as one line: backslashes doubled, line ends as `\\n`. A NUL would end the whole text: left out."""
    text = output.replace("\0", "").rstrip("\n")
    return text.replace("\\", "\\\\").replace("\r\n", "\n").replace("\n", "\\n")


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "checkwright"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
