"""A run has one printable outcome, whatever a check or a source does."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import BadUsage, CannotTell, Check, Down, Metrics, Secret, gauge, option, uses, verdict
from checkwright.core.catalog import find
from checkwright.core.current import current, remaining
from checkwright.core.domain import Context, Metric, ScalarContext
from checkwright.core.outcome import Outcome
from checkwright.core.run import Run, run
from checkwright.core.source import Source
from checkwright.core.world import World

PERFDATA = re.compile(r"[A-Za-z0-9_.:/-]+=(U|-?\d+(\.\d+)?(s|B|%|c)?)(;[0-9.:~@-]*){2}(;(-?\d+(\.\d+)?)?){2}")


def printable(outcome: Outcome) -> bool:
    """Return whether Nagios and Sensu parse this text correctly at every verbosity."""
    for verbose in range(4):
        output = outcome.text(verbose)
        text, _, perfdata = output.rpartition(" | ") if outcome.perfdata else (output, "", "")
        if "|" in text or "\n" in perfdata or not output.startswith(f"{outcome.name.upper()} {outcome.state}: "):
            return False
        if any(ord(character) < 32 and character != "\n" for character in output):
            return False
        if not all(PERFDATA.fullmatch(one) for one in perfdata.split()):
            return False
        output.encode("utf-8")
    return outcome.exit_code in (0, 1, 2, 3) and "\n" not in outcome.summary


class Disks(Source):
    """Mount points of a test: each has a number, or an error to raise."""

    def __init__(self, **used: float | Exception | None) -> None:
        self._used = used

    def used(self, path: str) -> float | None:
        found = self._used[path]
        if isinstance(found, Exception):
            raise found
        return found


class Disk(Check):
    """One number for each mount point, and an optional total."""

    disks = uses(Disks)

    paths: tuple[str, ...] = option("Path", flags="-p", default=("a",))

    space = gauge("Space", "%", warn=80, crit=90)
    total = gauge("Total", optional=True)

    def probe(self) -> Metrics:
        for path, used in self.each(self.paths, self.disks.used):
            yield self.space(used, of=path)


def disk(words: str, **used: float | Exception | None) -> Outcome:
    return run(Disk, words.split(), World(Disks(**used), sealed=True))


EACH = {
    "all fine": ("-p a -p b", {"a": 1.0, "b": 2.0}, "OK", "Space a 1 %, Space b 2 %", "1% 2%"),
    "one cannot be read": (
        "-p a -p b",
        {"a": CannotTell("a is not mounted"), "b": 2.0},
        "UNKNOWN",
        "a is not mounted (1 ok)",
        "2% U",
    ),
    "one is down": ("-p a -p b", {"a": 99.0, "b": Down("b is gone")}, "CRITICAL", "b is gone, Space a 99 %", "99% U"),
    "critical outranks unknown": (
        "-p a -p b",
        {"a": CannotTell("a is not mounted"), "b": 99.0},
        "CRITICAL",
        "Space b 99 % (above 90 %) (1 unknown)",
        "99% U",
    ),
    "none can be read": (
        "-p a -p b",
        {"a": CannotTell("a is away"), "b": CannotTell("b is away")},
        "UNKNOWN",
        "a is away, b is away",
        "U U",
    ),
    "one has no value": ("-p a -p b", {"a": None, "b": 2.0}, "UNKNOWN", "Space a has no value (1 ok)", "U 2%"),
    "an error without a message": ("-p a", {"a": CannotTell()}, "UNKNOWN", "failed without a message", "U"),
}


@pytest.mark.parametrize(("words", "used", "state", "summary", "values"), EACH.values(), ids=EACH)
def test_each(words: str, used: dict[str, float | Exception | None], state: str, summary: str, values: str) -> None:
    outcome = disk(words, **used)
    assert outcome.state == state
    assert outcome.summary.startswith(summary)
    assert " ".join(re.findall(r"=([^;]+);", " ".join(outcome.perfdata))) == values
    assert printable(outcome)


def test_labels_do_not_depend_on_values() -> None:
    def labels(outcome: Outcome) -> set[str]:
        return {one.partition("=")[0] for one in outcome.perfdata}

    words = "-p a -p b --space-warning b=70"
    whole = disk(words, a=1.0, b=2.0)
    broken = disk(words, a=1.0, b=CannotTell("away"))
    crashed = disk(words, a=RuntimeError("what"), b=2.0)
    assert labels(whole) == labels(broken) == labels(crashed) == {"space:a", "space:b"}
    assert broken.perfdata[1] == "space:b=U;70;90;0;100"


def test_a_crash_names_the_line_of_the_check_and_keeps_the_traceback_for_vvv() -> None:
    outcome = disk("-p a", a=RuntimeError("disk|quota\nexceeded"))
    assert outcome.state == "UNKNOWN"
    assert re.fullmatch(
        r"the check itself failed: RuntimeError: disk\u00a6quota exceeded at \S+test_run\.py:\d+", outcome.summary
    )
    assert not any("Traceback" in outcome.text(verbose) for verbose in (0, 1, 2))
    assert "Traceback (most recent call last):" in outcome.text(3)
    assert printable(outcome)


def line_of(text: str) -> int:
    """Return the line of this file that holds a text, which must be there once."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if line.endswith(text)]
    return found


def test_a_crash_in_a_library_names_the_line_of_the_check() -> None:
    class Parsing(Check):
        number = gauge("Number")

        def probe(self) -> Metrics:
            yield self.number(1)
            yield self.number(json.loads("{")["number"])  # crashes in json

    outcome = run(Parsing, [], World(sealed=True))
    assert outcome.summary.endswith(f" at {__file__}:{line_of('# crashes in json')} (1 ok)")
    assert outcome.summary.startswith("the check itself failed: JSONDecodeError: ")


def test_a_crash_in_the_core_names_the_line_of_the_check() -> None:
    class Wrong(Check):
        number = gauge("Number")

        def probe(self) -> Metrics:
            yield self.number(1)
            yield self.number("5")  # type: ignore[arg-type]  # crashes in the core

    outcome = run(Wrong, [], World(sealed=True))
    assert outcome.summary == (
        "the check itself failed: TypeError: number got '5', which is not a number "
        f"at {__file__}:{line_of('# crashes in the core')} (1 ok)"
    )


def test_a_metric_that_cannot_be_evaluated_names_the_line_that_yields_it() -> None:
    class Foreign(Check):
        def probe(self) -> Metrics:
            yield Metric("load", 5)  # has no context

    outcome = run(Foreign, [], World(sealed=True))
    assert outcome.summary.endswith(f" at {__file__}:{line_of('# has no context')}")


def test_a_probe_that_is_no_generator_names_its_first_line() -> None:
    class Returning(Check):
        number = gauge("Number")

        def probe(self) -> Metrics:  # returns
            return self.number(3)  # type: ignore[return-value]

    assert run(Returning, [], World(sealed=True)).summary == (
        "the check itself failed: TypeError: probe() returned a metric: write yield, not return "
        f"at {__file__}:{line_of('# returns')}"
    )


@pytest.mark.parametrize("above", ["core", "checkwright/core"])
def test_a_crash_names_the_file_of_a_project_wherever_it_is(above: str, tmp_path: Path) -> None:
    name = f"crashing_{above.replace('/', '_')}"
    plugins = tmp_path / above / name / "plugins"
    (plugins / "family").mkdir(parents=True)
    (plugins / "family" / "_helper.py").write_text("def read(text):\n    return int(text)\n", encoding="utf-8")
    (plugins / "family" / "crash.py").write_text(
        "from checkwright import Check, Metrics\n\n\nclass Crash(Check):\n    def probe(self) -> Metrics:\n"
        f"        from {name}.plugins.family._helper import read\n\n        yield from read('x')\n",
        encoding="utf-8",
    )
    outcome = run(find("crash", str(tmp_path / above / name)), [], World(sealed=True))
    assert outcome.summary.endswith(f" at {plugins}/family/_helper.py:2")


def test_a_traceback_keeps_its_indentation() -> None:
    outcome = disk("-p a", a=RuntimeError("first line\n    second line"))
    lines = outcome.text(3).splitlines()
    file = next(number for number, line in enumerate(lines) if line.startswith('  File "') and "test_run.py" in line)
    assert lines[file + 1] == "    for path, used in self.each(self.paths, self.disks.used):"
    assert "    second line" in lines


class Odd(Check):
    """Runs a function of this module in its probe."""

    what: str = option("What to do")
    token: Secret | None = option("Token", default=None)

    first = gauge("First", warn=10)
    second = gauge("Second", "B")
    status = verdict("Status", ok=["up"])

    def validate(self) -> None:
        if self.what == "impossible":
            raise BadUsage("--what: impossible\ncannot be")

    def probe(self) -> Metrics:
        return globals()[f"_{self.what}"](self)  # type: ignore[no-any-return]


def _empty(_check: Odd) -> Iterator[object]:
    yield from ()


def _nothing(_check: Odd) -> None:
    return None


def _number(_check: Odd) -> int:
    return 5


def _text(_check: Odd) -> Iterator[object]:
    yield "5"


def _returned(check: Odd) -> object:
    return check.first(1)


def _word(_check: Odd) -> str:
    return "5"


def _listed(check: Odd) -> list[object]:
    return [check.first(1), check.second(2)]


def _half(check: Odd) -> Iterator[object]:
    yield check.first(11)
    raise Down("the second is gone")


def _leaves(_check: Odd) -> Iterator[object]:
    yield from ()
    raise SystemExit(0)


def _generator_exit(_check: Odd) -> Iterator[object]:
    raise GeneratorExit
    yield


def _memory(_check: Odd) -> Iterator[object]:
    raise MemoryError
    yield


def _recursion(check: Odd) -> Iterator[object]:
    yield from _recursion(check)


def _twice(check: Odd) -> Iterator[object]:
    yield check.first(1)
    yield check.first(20)


def _foreign(_check: Odd) -> Iterator[object]:
    yield Metric("a b|c\n=", 5, contextobj=ScalarContext("load", "9", "10"))


def _foreign_and_fit(_check: Odd) -> Iterator[object]:
    yield Metric("a b|c", 5, contextobj=ScalarContext("load", "4", "10"))


def _returned_after_a_yield(check: Odd) -> Iterator[object]:
    yield check.first(1)
    return check.first(20)  # type: ignore[return-value]


def _without_context(_check: Odd) -> Iterator[object]:
    yield Metric("load", 5)


class _Broken(Context):
    def describe(self, metric: Metric) -> str:
        raise ValueError("no words")


def _broken_context(_check: Odd) -> Iterator[object]:
    yield Metric("load", 5, contextobj=_Broken("load"))


ODD = {
    "empty": ("UNKNOWN", "measured nothing"),
    "nothing": ("UNKNOWN", "the check itself failed: TypeError: probe() returned nothing: it must yield metrics"),
    "number": ("UNKNOWN", "the check itself failed: TypeError: probe() returned 5: it must yield metrics, not return"),
    "returned": ("UNKNOWN", "the check itself failed: TypeError: probe() returned a metric: write yield, not return"),
    "returned_after_a_yield": (
        "UNKNOWN",
        "the check itself failed: TypeError: probe() returned a metric: write yield, not return",
    ),
    "word": ("UNKNOWN", "the check itself failed: TypeError: probe() returned '5': it must yield metrics, not return"),
    "text": ("UNKNOWN", "the check itself failed: TypeError: probe() yielded '5', which is not a metric"),
    "listed": ("OK", "First 1, Second 2 B"),
    "half": ("CRITICAL", "the second is gone (1 warning)"),
    "leaves": ("UNKNOWN", "the check itself failed: SystemExit: 0"),
    "generator_exit": ("UNKNOWN", "the check itself failed: GeneratorExit"),
    "memory": ("UNKNOWN", "the check needs more memory than it may use"),
    "recursion": ("UNKNOWN", "the check itself failed: RecursionError"),
    "twice": ("WARNING", "First 20 (above 10) (1 ok)"),
    "foreign": ("UNKNOWN", "the check itself failed: RuntimeError"),
    "foreign_and_fit": ("WARNING", "a b\u00a6c is 5 (outside range 0:4)"),
    "without_context": ("UNKNOWN", "the check itself failed: RuntimeError"),
    "broken_context": ("UNKNOWN", "the check itself failed: ValueError: no words"),
    "impossible": ("UNKNOWN", "--what: impossible cannot be"),
}


@pytest.mark.parametrize(("what", "state", "summary"), [(what, *expected) for what, expected in ODD.items()], ids=ODD)
def test_any_probe_results_in_one_outcome(what: str, state: str, summary: str) -> None:
    outcome = run(Odd, ["--what", what], World(sealed=True))
    assert outcome.state == state
    assert outcome.summary.startswith(summary)
    assert printable(outcome)


def test_run_that_fails_half_way_keeps_its_results() -> None:
    outcome = run(Odd, ["--what", "half"], World(sealed=True))
    assert outcome.perfdata == ("first=11;10;;;", "second=U;;;0;")


def test_keyboard_interrupt_leaves_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def _interrupted(_check: Odd) -> Iterator[object]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setitem(globals(), "_interrupted", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(Odd, ["--what", "interrupted"], World(sealed=True))


@pytest.mark.parametrize("words", [[], ["--nonsense"], ["--what", "listed", "-w", "x"], ["--what"]])
def test_a_bad_command_line_is_unknown(words: list[str]) -> None:
    outcome = run(Odd, words, World(sealed=True))
    assert (outcome.state, outcome.exit_code, outcome.perfdata) == ("UNKNOWN", 3, ())
    assert printable(outcome)


hostile = st.text(st.characters(exclude_categories=()), max_size=30)


class Hostile(Check):
    """Shows text from outside in all places of the output."""

    word_of: str = option("Word")
    item: str = option("Item")
    fail: str = option("How to fail")

    number = gauge("Number", "s", warn=1)
    status = verdict("Status", ok=["up"])

    def probe(self) -> Metrics:
        yield self.number(2, of=self.item)
        yield self.status(self.word_of, of=self.item, hint=self.word_of)
        for _ in self.each([self.item, self.word_of], self._read):
            yield self.number(None, of=self.word_of)

    def _read(self, item: str) -> None:
        if self.fail == "crash":
            raise RuntimeError(self.word_of)
        if self.fail:
            raise {"down": Down, "cannot": CannotTell}[self.fail](self.word_of)


@given(hostile, hostile, st.sampled_from(["", "down", "cannot", "crash"]))
def test_no_text_from_outside_breaks_the_output(word: str, item: str, fail: str) -> None:
    words = [f"--word-of={word}".replace("\0", ""), f"--item={item}".replace("\0", ""), f"--fail={fail}"]
    outcome = run(Hostile, words, World(sealed=True))
    assert printable(outcome)
    assert outcome.exit_code in (2, 3)


SECRETS = ["swordfish", "a|b\tc d", 'quo"te\\back', "it's", "a/b+c%d e", "p\u00e4ss w\u00f6rd"]


class Leaky(Check):
    """Shows its secret in all places of the output."""

    token: Secret = option("Token")
    fail: str = option("How to fail", default="")

    number = gauge("Number")
    status = verdict("Status", ok=["up"])

    def probe(self) -> Metrics:
        import json
        from urllib.parse import quote, quote_plus

        secret = self.token.value()
        leak = " ".join(
            [secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret), repr(secret)]
        )
        yield self.number(1, of=secret)
        yield self.number(2, of="x" * 150 + secret + "y" * 200)
        yield self.status(leak, of=secret, hint="z" * 390 + secret)
        for _ in self.each([secret], self._read):
            yield self.number(3)
        if self.fail == "down":
            raise Down(leak)
        raise RuntimeError("v" * 370 + secret)

    def _read(self, item: str) -> None:
        raise CannotTell("w" * 990 + item)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("fail", ["down", "crash"])
def test_secret_appears_in_no_output(secret: str, fail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", secret)
    outcome = run(Leaky, ["--token-env", "TOKEN", "--fail", fail], World(sealed=True))
    assert printable(outcome)
    shown = [outcome.text(3)]
    for reading in outcome.readings:
        shown += [reading.label, reading.item, reading.title]
    # Source lines in the traceback contain "token", so half a secret is searched for too.
    for part in {secret, secret.replace("|", "\u00a6").replace("\t", " "), secret[: max(4, len(secret) - 2)]}:
        assert not any(part in text for text in shown)
    assert "***" in shown[0]


def test_secrets_are_masked_in_their_own_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "swordfish")
    world = World(Disks(swordfish=1.0))
    run(Leaky, ["--token-env", "TOKEN"], world)
    assert run(Disk, ["-p", "swordfish"], world).summary == "Space swordfish 1 %"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["--token-env", "NOT_SET_ANYWHERE"]),
        (b"", []),
        (b"\n", []),
        (b"one\ntwo\n", []),
        (b"\xff\xfe\x00", []),
        ("missing", []),
        ("folder", []),
    ],
)
def test_unreadable_secret_is_reported_in_one_sentence(
    content: bytes | str | None, words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("secrets") / "token"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content == "folder":
        file.mkdir()
    outcome = run(Leaky, words or [f"--token-file={file}"], World(sealed=True))
    assert outcome.state == "UNKNOWN"
    assert "the check itself failed" not in outcome.summary
    assert str(file) in outcome.summary or "NOT_SET_ANYWHERE" in outcome.summary
    assert "one" not in outcome.summary.replace("more than one", "")


def test_secret_of_a_file_loses_only_the_final_newline(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("secrets") / "token"
    file.write_bytes(b" s3cret \r\n")
    assert Secret(file=str(file)).value() == " s3cret "


def test_a_run_knows_its_deadline_and_its_identity() -> None:
    seen: list[tuple[str, str, float]] = []

    class Look(Check):
        host: str = option("Host", default="")

        def probe(self) -> Metrics:
            seen.append((current().check, current().identity, remaining()))
            yield from ()

    run(Look, ["--host", "web", "-t", "3"], World(sealed=True))
    ((name, identity, left),) = seen
    assert (name, identity) == ("look", "look\x1f--host\x1fweb")
    assert 0 < left <= 3
    assert current().check == ""


def test_overdue_returns_results_while_another_thread_measures() -> None:
    inside, release = threading.Event(), threading.Event()

    class Slow(Check):
        first = gauge("First")
        second = gauge("Second")

        def probe(self) -> Metrics:
            yield self.first(1)
            current().doing = "GET http://web/|x"
            inside.set()
            release.wait(30)
            yield self.second(2)

    slow = Run(Slow, ["-t", "5:critical"], World(sealed=True))
    measuring = threading.Thread(target=slow.go)
    measuring.start()
    assert inside.wait(30)
    outcome = slow.overdue()
    release.set()
    measuring.join(30)
    assert outcome.text() == (
        "SLOW CRITICAL: timed out after 5 s while waiting for GET http://web/\u00a6x (1 ok) | first=1;;;; second=U;;;;"
    )


def test_a_run_that_is_stopped_is_unknown() -> None:
    assert Run(Disk, [], World(sealed=True)).stopped("stopped by SIGTERM").text() == (
        "DISK UNKNOWN: stopped by SIGTERM | space=U;80;90;0;100"
    )


def test_results_are_in_the_order_of_declaration() -> None:
    class Backwards(Check):
        first = gauge("First")
        mood = verdict("Mood", ok=["fine"])
        last = gauge("Last")

        def probe(self) -> Metrics:
            yield self.last(3)
            yield self.mood("fine")
            yield self.first(1)

    assert run(Backwards, [], World(sealed=True)).summary == "First 1, Mood fine, Last 3"


def test_label_is_used_once_with_its_first_value() -> None:
    assert run(Odd, ["--what", "twice"], World(sealed=True)).perfdata == ("first=1;10;;;",)


def test_a_gauge_without_items_gets_no_labels_of_items_when_something_fails() -> None:
    class Both(Check):
        total = gauge("Total")
        part = gauge("Part")

        def probe(self) -> Metrics:
            yield self.total(9)
            for _ in self.each(["a", "b"], self._read):
                yield self.part(1)

        def _read(self, item: str) -> None:
            raise CannotTell(f"{item} is away")

    assert run(Both, [], World(sealed=True)).perfdata == ("total=9;;;;", "part:a=U;;;;", "part:b=U;;;;")


def test_longer_of_two_secrets_is_masked_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Two(Check):
        short: Secret = option("Short")
        long: Secret = option("Long")

        def probe(self) -> Metrics:
            raise Down(f"{self.long.value()} and {self.short.value()}")

    monkeypatch.setenv("SHORT", "sword")
    monkeypatch.setenv("LONG", "swordfish")
    assert run(Two, ["--short-env", "SHORT", "--long-env", "LONG"], World(sealed=True)).summary == "*** and ***"


def test_remaining_time_is_never_zero() -> None:
    left: list[float] = []

    class Late(Check):
        def probe(self) -> Metrics:
            current().end -= 60
            left.append(remaining())
            yield from ()

    run(Late, [], World(sealed=True))
    assert left == [0.01]
