"""The texts of mod_gearman: jobs as its broker module writes them, results as that module reads them.

Both are lines of `key=value`, split at the first `=`. A reader passes over keys that it does not know.
"""

from dataclasses import dataclass
from hashlib import sha256
from math import isfinite

from checkwright.worker.gearman.payload import BadPayload

#: The kinds of a job that Nagios waits for, and those that are run without an answer.
CHECKS = ("service", "host")
UNANSWERED = ("eventhandler", "notification")


#: Characters that an identity may have as it is.
_LONGEST_IDENTITY = 1_024


@dataclass(frozen=True, slots=True)
class Job:
    """What Nagios asks for.

    command: the whole command line, "" where none was sent. result_queue: "" where nobody waits for an answer.
    core_time: when the module sent it, in its own words, since an answer must repeat it; "" where it did not say.
    asked: the same in seconds since 1970. timeout: seconds, None for the worker's own.
    """

    type: str
    command: str
    result_queue: str = ""
    host: str = ""
    service: str = ""
    core_time: str = ""
    asked: float | None = None
    timeout: float | None = None

    @property
    def answered(self) -> bool:
        """Whether Nagios waits for a result."""
        return self.type in CHECKS

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same for two copies of one job: gearmand delivers at least once. Never long, for many are remembered."""
        found = self.host, self.service, self.core_time
        if sum(map(len, found)) <= _LONGEST_IDENTITY:
            return found
        return "", "", sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found. start, finish: seconds since 1970. output: all of it, with its line ends and bar."""

    host: str
    service: str
    core_time: str
    start: float
    finish: float
    code: int
    output: str
    source: str


def read_job(text: str) -> Job:
    """Read a job.

    Raises BadPayload where it has no type that is known, or lacks who is to be answered.
    """
    said: dict[str, str] = {}
    for line in text.split("\n"):
        key, equals, value = line.partition("=")
        if equals:
            # The first counts: the command comes last, and a line end in what it was given must not say more.
            said.setdefault(key, value)
    kind = said.get("type", "")
    if kind not in (*CHECKS, *UNANSWERED):
        raise BadPayload(f"it is a job of type {kind!r}" if kind else "it has no type")
    if kind in CHECKS:
        for needed in ("host_name", "result_queue", *(("service_description",) if kind == "service" else ())):
            if not said.get(needed):
                raise BadPayload(f"it is a {kind} job without {needed}")
    times = (said.get(key, "") for key in ("core_time", "next_check", "start_time"))
    core_time = next((text for text in times if _number(text) is not None), "")
    return Job(
        kind,
        said.get("command_line", "").strip(),
        said.get("result_queue", ""),
        said.get("host_name", ""),
        said.get("service_description", "") if kind == "service" else "",
        core_time,
        _number(core_time),
        _number(said.get("timeout", "")) or None,
    )


def write_result(result: Result, *, passive: bool = False) -> str:
    """The text of a result. The output goes last, since the module stops reading at the first empty value.

    passive: Nagios did not ask for it.
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
    """Output as one line: backslashes doubled, line ends as `\\n`. A NUL would end the whole text, so it goes."""
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
