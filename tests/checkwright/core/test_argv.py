"""The command line of a check."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import BadUsage, Check, Literal, Metrics, Secret, gauge, option
from checkwright.core.argv import parse


class Everything(Check):
    """An option of every kind."""

    host: str = option("Host", flags="-H --host", default="localhost")
    port: int = option("Port", flags="-p --port", default=80)
    factor: float = option("Factor", default=1.0)
    file: Path = option("File", default=Path("/"))
    mode: Literal["fast", "slow"] = option("Mode", default="fast")
    names: tuple[str, ...] = option("Name", flags="-n --name", default=("a",))
    numbers: tuple[int, ...] = option("Number", flags="--number", default=())
    token: Secret | None = option("Token", default=None)
    keys: tuple[Secret, ...] = option("Key", flags="--key", default=())
    maybe: str | None = option("Maybe", default=None)
    deep: bool = option("Look deeper", flags="-d --deep", default=False)
    follow: bool = option("Follow", default=True)

    used = gauge("Used", "%", warn=80, crit=90)
    free_inodes = gauge("Free inodes")

    def probe(self) -> Metrics:
        yield self.used(1)


class Needs(Check):
    """Required options."""

    host: str = option("Host to ask", flags="-H")
    key: Secret = option("Key")

    def probe(self) -> Metrics:
        yield from ()


class Rest(Check):
    """Takes words to run."""

    deep: bool = option("Deep", flags="-d", default=False)
    words: tuple[str, ...] = option("Words", flags="...")

    def probe(self) -> Metrics:
        yield from ()


def values(*words: str) -> dict[str, object]:
    check = parse(Everything, words).check
    return {name: getattr(check, name) for name in check.given}


GOOD: dict[str, tuple[list[str], dict[str, object]]] = {
    "nothing": ([], {}),
    "short": (["-H", "web"], {"host": "web"}),
    "short, glued": (["-Hweb"], {"host": "web"}),
    "long": (["--host", "web"], {"host": "web"}),
    "long, glued": (["--host=web"], {"host": "web"}),
    "glued, with more of =": (["--host=a=b"], {"host": "a=b"}),
    "glued and empty": (["--host="], {"host": ""}),
    "a value that begins with a dash": (["-H", "-v"], {"host": "-v"}),
    "a value that is two dashes": (["--host", "--"], {"host": "--"}),
    "a negative number": (["--port", "-5", "--factor", "-0.5"], {"port": -5, "factor": -0.5}),
    "the last wins": (["-p", "1", "--port=2", "-p3"], {"port": 3}),
    "repeated, the default is replaced": (["-n", "x", "--name=y"], {"names": ("x", "y")}),
    "numbers": (["--number", "2", "--number", "1"], {"numbers": (2, 1)}),
    "path": (["--file", "/srv"], {"file": Path("/srv")}),
    "choice": (["--mode", "slow"], {"mode": "slow"}),
    "secret": (["--token-env", "TOKEN"], {"token": Secret(env="TOKEN")}),
    "secret, the last wins": (["--token-env", "T", "--token-file=/t"], {"token": Secret(file="/t")}),
    "secrets": (["--key-env", "A", "--key-file", "/b"], {"keys": (Secret(env="A"), Secret(file="/b"))}),
    "switches": (["--deep", "--no-follow"], {"deep": True, "follow": False}),
    "a switch twice": (["-d", "-d"], {"deep": True}),
    "a cluster": (["-dvH", "web"], {"deep": True, "host": "web"}),
    "a cluster, glued": (["-vdHweb"], {"deep": True, "host": "web"}),
    "text beyond ASCII": (["-H", "stra\u00dfe \u2713"], {"host": "stra\u00dfe \u2713"}),
}


@pytest.mark.parametrize(("words", "expected"), GOOD.values(), ids=GOOD)
def test_values(words: list[str], expected: dict[str, object]) -> None:
    assert values(*words) == expected


BAD = {
    "unknown": (["--nonsense"], "unknown option --nonsense; see --help"),
    "near miss": (["--hots", "x"], "unknown option --hots, did you mean --host; see --help"),
    "near miss of a threshold": (["--used-warnin", "5"], "unknown option --used-warnin, did you mean --used-warning;"),
    "shortened": (["--fact", "1"], "unknown option --fact, did you mean --factor"),
    "secret as text": (["--token=s3cret"], "unknown option --token, did you mean --token-"),
    "value missing": (["--host"], "--host needs a value"),
    "value missing after a cluster": (["-vH"], "-H needs a value"),
    "a switch with a value": (["--deep=yes"], "--deep takes no value"),
    "an argument": (["web"], "unexpected argument 'web': everything takes options only"),
    "a dash alone": (["-"], "unexpected argument '-'"),
    "two dashes": (["--", "x"], "nothing may follow --"),
    "not whole": (["-p", "1.5"], "-p: '1.5' is not a whole number"),
    "whole, with underscores": (["-p", "1_0"], "-p: '1_0' is not a whole number"),
    "whole, in other digits": (["-p", "\u0661"], "is not a whole number"),
    "no number": (["--factor", "fast"], "--factor: 'fast' is not a number"),
    "not a number": (["--factor", "nan"], "--factor: 'nan' is not a number"),
    "infinite": (["--factor", "1e999"], "--factor: '1e999' is not a number"),
    "number, with underscores": (["--factor", "1_0.5"], "is not a number"),
    "no choice": (["--mode", "idle"], "--mode: 'idle' is none of fast, slow"),
    "an empty path": (["--file="], "--file: is empty: give a path"),
    "a NUL": (["-H", "a\0b"], "-H: holds a NUL character"),
    "no name of a variable": (["--token-env="], "--token-env: give the name of a variable"),
    "no name of a file": (["--token-file", ""], "--token-file: give the name of a file"),
    "a bad range": (["-w", "high"], "-w: 'high' is not a range: write a range such as"),
    "a range from above": (["--used-critical", "9:3"], "--used-critical: '9:3' is not a range: its start is above"),
    "a range for no item": (["-w", "=80"], "-w: '=80' names no item before '='; write ITEM=RANGE or RANGE"),
    "an item without range": (["-w", "/srv="], "-w: '' is not a range"),
    "an output that is none": (["--output", "xml"], "--output: 'xml' is none of nagios, json, prometheus"),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD)
def test_a_bad_command_line_is_one_sentence(words: list[str], message: str) -> None:
    with pytest.raises(BadUsage) as raised:
        parse(Everything, words)
    assert message in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("words", "seconds", "state"),
    [
        ([], 10, "UNKNOWN"),
        (["-t", "5"], 5, "UNKNOWN"),
        (["-t5"], 5, "UNKNOWN"),
        (["-t", "2.5:critical"], 2.5, "CRITICAL"),
        (["--timeout=30:WARNING"], 30, "WARNING"),
        (["-t", "1:0"], 1, "OK"),
        (["-t", "1:2"], 1, "CRITICAL"),
        (["-t", "9", "-t", "0.01:UNKNOWN"], 0.01, "UNKNOWN"),
        (["-t", "86400"], 86_400, "UNKNOWN"),
    ],
)
def test_timeout(words: list[str], seconds: float, state: str) -> None:
    said = parse(Everything, words)
    assert (said.seconds, said.timeout_state) == (seconds, state)


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "soon", "nan", "inf", "1e3", "86401", ":critical", ".", "\u00b2", "1_0"]
)
def test_a_bad_time_is_refused(text: str) -> None:
    with pytest.raises(BadUsage, match=r"^-t: .* is not SECONDS\[:STATE\] with seconds above 0 and up to 86400$"):
        parse(Everything, ["-t", text])


@pytest.mark.parametrize("text", ["5:", "5:bad", "5:4", "5:critical:x"])
def test_a_bad_state_of_a_timeout_is_refused(text: str) -> None:
    with pytest.raises(BadUsage, match="is none of OK, WARNING, CRITICAL, UNKNOWN or 0 to 3"):
        parse(Everything, ["-t", text])


@pytest.mark.parametrize(
    ("words", "verbose"), [(["-v"], 1), (["-vv"], 2), (["-v", "--verbose", "-v"], 3), (["-vvvvv"], 3)]
)
def test_verbosity(words: list[str], verbose: int) -> None:
    assert parse(Everything, words).verbose == verbose


def test_limits_keep_their_order_and_their_items() -> None:
    said = parse(Everything, ["-w", "70", "--used-warning", "/srv*=95", "--free-inodes-critical", "a=b=10:"])
    assert said.limits == {
        "used": [("", "70", None), ("/srv*", "95", None)],
        "free_inodes": [("a=b", None, "10:")],
    }


def test_short_threshold_flags_belong_to_the_first_gauge() -> None:
    said = parse(Everything, ["-w", "70", "--warning", "75", "-c", "-5:5", "--critical=~:9"])
    assert said.limits == {"used": [("", "70", None), ("", "75", None), ("", None, "-5:5"), ("", None, "~:9")]}


def test_a_check_without_gauges_has_no_threshold_flags() -> None:
    with pytest.raises(BadUsage, match="unknown option -w"):
        parse(Needs, ["-w", "5"])


def test_what_is_required_is_named_with_its_flags() -> None:
    with pytest.raises(BadUsage, match=r"^needs needs -H/--host \(Host to ask\); see --help$"):
        parse(Needs, [])
    with pytest.raises(BadUsage, match=r"^needs needs --key-env or --key-file \(Key\); see --help$"):
        parse(Needs, ["-H", "web"])


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        (["ls", "-d", "--host"], ("ls", "-d", "--host")),
        (["--", "-d"], ("-d",)),
        (["--", "--", "x"], ("--", "x")),
        (["-"], ("-",)),
    ],
)
def test_the_rest_is_taken_as_it_is(words: list[str], rest: tuple[str, ...]) -> None:
    check = parse(Rest, words).check
    assert check.__dict__["words"] == rest
    assert check.given == {"words"}


def test_options_before_the_rest_are_options() -> None:
    check = parse(Rest, ["-d", "ls", "-d"]).check
    assert (check.__dict__["deep"], check.__dict__["words"]) == (True, ("ls", "-d"))


@pytest.mark.parametrize("words", [[], ["-d"], ["--"]])
def test_the_rest_may_be_required(words: list[str]) -> None:
    with pytest.raises(BadUsage, match=r"^rest needs the words to run; see --help$"):
        parse(Rest, words)


text = st.text(st.characters(exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["-", "--", "-v", "--host=x", "", "="]
)
name = st.text(string.ascii_letters, min_size=1, max_size=8)
secret = name.map(lambda n: Secret(env=n)) | name.map(lambda n: Secret(file=f"/{n}"))
given_options = st.fixed_dictionaries(
    {},
    optional={
        "host": text,
        "port": st.integers(),
        "factor": st.floats(allow_nan=False, allow_infinity=False),
        "file": text.filter(bool).map(Path),
        "mode": st.sampled_from(["fast", "slow"]),
        "names": st.lists(text, min_size=1, max_size=3).map(tuple),
        "numbers": st.lists(st.integers(), max_size=3).map(tuple),
        "token": st.none() | secret,
        "keys": st.lists(secret, max_size=3).map(tuple),
        "maybe": st.none() | text,
        "deep": st.booleans(),
        "follow": st.booleans(),
    },
)


@given(given_options)
def test_arguments_say_the_same_options_again(options: dict[str, object]) -> None:
    made = Everything(**options)  # type: ignore[arg-type]
    words = made.arguments()
    again = parse(Everything, [str(word) for word in words]).check
    assert [getattr(again, name) for name in made.options] == [getattr(made, name) for name in made.options]
    assert again.arguments() == words
    assert again.identity() == made.identity()


@given(st.booleans(), st.lists(text, min_size=1, max_size=4).map(tuple))
def test_arguments_say_the_rest_again(deep: bool, words: tuple[str, ...]) -> None:
    made = Rest(deep=deep, words=words)
    again = parse(Rest, [str(word) for word in made.arguments()]).check
    assert (again.__dict__["deep"], again.__dict__["words"]) == (deep, words)


@given(st.lists(text | st.sampled_from(["-H", "-p", "-w", "-c", "-t", "--name", "-d", "--used-warning"]), max_size=6))
def test_any_words_parse_or_are_one_sentence(words: list[str]) -> None:
    try:
        parse(Everything, words)
    except BadUsage as error:
        assert str(error) != ""


def test_what_was_read_once_serves_another_run_that_learns_nothing_of_the_first() -> None:
    said = parse(Everything, ["--name", "a", "-w", "5", "-t", "3:CRITICAL", "-vv"])
    first, second = said.again(), said.again()
    first.check.announced.append("an item")
    first.check.trouble.append(("an item", "CRITICAL", "gone"))
    first.check.__dict__["learned"] = "something"
    for limits in first.limits.values():
        limits.clear()
    assert repr(second.check) == repr(said.check)
    assert second.check.announced == [] and second.check.trouble == []
    assert "learned" not in second.check.__dict__
    assert second.limits == said.limits != first.limits
    assert (second.seconds, second.timeout_state, second.verbose, second.output) == (3.0, "CRITICAL", 2, "nagios")
    assert second.identity == said.check.identity()
