"""The command line of a check."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import BadUsage, Check, Literal, Metrics, Secret, gauge, option
from checkwright.core.argv import parse
from checkwright.core.invocation import projects_in, requested_page


class Everything(Check):
    """An option of every kind."""

    host: str = option("Host", flags="-H --host", default="localhost")
    port: int = option("Port", flags="-p --port", default=80)
    factor: float = option("Factor", default=1.0)
    file: Path = option("File", default=Path("/"))
    room: int = option("Room", default=0, unit="B")
    pause: float = option("Pause", default=1.0, unit="s")
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
    age = gauge("Age", "s")
    size = gauge("Size", "B")
    rate = gauge("Rate", "B/s")

    def probe(self) -> Metrics:
        yield self.used(1)


class Needs(Check):
    """Required options."""

    host: str = option("Host to ask", flags="-H")
    key: Secret = option("Key")

    def probe(self) -> Metrics:
        yield from ()


class Rest(Check):
    """A check with words to run."""

    deep: bool = option("Deep", flags="-d", default=False)
    words: tuple[str, ...] = option("Words", flags="...")

    def probe(self) -> Metrics:
        yield from ()


def values(*words: str) -> dict[str, object]:
    check = parse(Everything, words).check
    return {name: getattr(check, name) for name in check.explicit}


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
    "a size": (["--room", "10G"], {"room": 10 * 1024**3}),
    "a size, in parts": (["--room=0.5K"], {"room": 512}),
    "a size in bytes": (["--room", "512"], {"room": 512}),
    "a duration": (["--pause", "90s"], {"pause": 90.0}),
    "a longer duration": (["--pause=2h"], {"pause": 7_200.0}),
    "a short duration": (["--pause", "250ms"], {"pause": 0.25}),
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
def test_parse_returns_the_given_values(words: list[str], expected: dict[str, object]) -> None:
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
    "no choice": (["--mode", "idle"], "--mode: 'idle' is not one of fast, slow"),
    "an empty path": (["--file="], "--file: is empty: give a path"),
    "a NUL": (["-H", "a\0b"], "-H: holds a NUL character"),
    "no name of a variable": (["--token-env="], "--token-env: give the name of a variable"),
    "no name of a file": (["--token-file", ""], "--token-file: give the name of a file"),
    "no size": (["--room", "10GB"], "--room: '10GB' is not a size: write bytes, or a number with K, M, G or T (1024)"),
    "no whole size": (["--room", "0.3K"], "--room: '0.3K' is not a whole number of bytes"),
    "no duration": (["--pause", "2 hours"], "--pause: '2 hours' is not a duration: write seconds, or a number with ms"),
    "a size for a duration": (["--pause", "5M"], "--pause: '5M' is not a duration"),
    "a suffix without a unit": (["--port", "5K"], "--port: '5K' is not a whole number"),
    "a range with a suffix, without a unit": (["-w", "5K"], "-w: '5K' is not a range: write a range such as"),
    "a range with a bad suffix": (
        ["--age-warning", "5w"],
        "'5w' is not a range: write a range such as 10, 10:, ~:10, 10:20 or @10:20; a number may end in ms, s, m, h or",
    ),
    "a range of durations from above": (
        ["--age-warning", "2h:1m"],
        "'2h:1m' is not a range: its start is above its end",
    ),
    "a project without a folder": (["--project"], "--project needs a folder"),
    "near a common flag": (["--projcet", "x"], "unknown option --projcet, did you mean --project"),
    "a page behind other words": (["--deep", "--help"], "--help is not possible here: write check everything --help"),
    "near a flag that asks for a page": (["--hepl"], "unknown option --hepl, did you mean --help"),
    "a bad range": (["-w", "high"], "-w: 'high' is not a range: write a range such as"),
    "a range from above": (["--used-critical", "9:3"], "--used-critical: '9:3' is not a range: its start is above"),
    "a range for no item": (["-w", "=80"], "-w: '=80' names no item before '='; write ITEM=RANGE or RANGE"),
    "an item without range": (["-w", "/srv="], "-w: '' is not a range"),
    "an output that is none": (["--output", "xml"], "--output: 'xml' is not one of nagios, sensu, json, prometheus"),
}


@pytest.mark.parametrize(("words", "message"), BAD.values(), ids=BAD)
def test_parse_reports_a_bad_command_line_in_one_sentence(words: list[str], message: str) -> None:
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
        (["-t", "2m"], 120, "UNKNOWN"),
        (["--timeout=500ms:critical"], 0.5, "CRITICAL"),
    ],
)
def test_timeout(words: list[str], seconds: float, state: str) -> None:
    args = parse(Everything, words)
    assert (args.timeout, args.timeout_state) == (seconds, state)


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "soon", "nan", "inf", "1e3", "86401", ":critical", ".", "\u00b2", "1_0"]
)
def test_parse_refuses_a_bad_timeout(text: str) -> None:
    with pytest.raises(BadUsage, match=r"^-t: .* is not SECONDS\[:STATE\] with seconds above 0 and up to 86400$"):
        parse(Everything, ["-t", text])


@pytest.mark.parametrize("text", ["5:", "5:bad", "5:4", "5:critical:x"])
def test_parse_refuses_a_bad_timeout_state(text: str) -> None:
    with pytest.raises(BadUsage, match="is not one of OK, WARNING, CRITICAL, UNKNOWN or 0 to 3"):
        parse(Everything, ["-t", text])


@pytest.mark.parametrize(
    ("words", "verbose"), [(["-v"], 1), (["-vv"], 2), (["-v", "--verbose", "-v"], 3), (["-vvvvv"], 3)]
)
def test_verbosity(words: list[str], verbose: int) -> None:
    assert parse(Everything, words).verbose == verbose


def test_limits_keep_their_order_and_their_items() -> None:
    args = parse(Everything, ["-w", "70", "--used-warning", "/srv*=95", "--free-inodes-critical", "a=b=10:"])
    assert args.limits == {
        "used": [("", "70", None), ("/srv*", "95", None)],
        "free_inodes": [("a=b", None, "10:")],
    }


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        (["--age-warning", "90s"], ("", "90", None)),
        (["--age-critical", "nightly*=26h"], ("nightly*", None, "93600")),
        (["--age-warning", "@1m:1.5h"], ("", "@60:5400", None)),
        (["--age-critical", "~:250ms"], ("", None, "~:0.25")),
        (["--age-warning", "-5m:5m"], ("", "-300:300", None)),
        (["--size-critical", "512M:"], ("", None, "536870912:")),
        (["--rate-warning", "10M"], ("", "10485760", None)),
    ],
)
def test_limits_of_seconds_and_bytes_accept_suffixes(words: list[str], limit: tuple[str, str, str]) -> None:
    (limits,) = parse(Everything, words).limits.values()
    assert limits == [limit]


def test_short_threshold_flags_belong_to_the_first_gauge() -> None:
    args = parse(Everything, ["-w", "70", "--warning", "75", "-c", "-5:5", "--critical=~:9"])
    assert args.limits == {"used": [("", "70", None), ("", "75", None), ("", None, "-5:5"), ("", None, "~:9")]}


def test_a_check_without_gauges_has_no_threshold_flags() -> None:
    with pytest.raises(BadUsage, match="unknown option -w"):
        parse(Needs, ["-w", "5"])


def test_missing_required_option_is_reported_with_its_flags() -> None:
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
def test_remaining_words_stay_unchanged(words: list[str], rest: tuple[str, ...]) -> None:
    check = parse(Rest, words).check
    assert check.__dict__["words"] == rest
    assert check.explicit == {"words"}


def test_options_before_the_remaining_words_are_parsed() -> None:
    check = parse(Rest, ["-d", "ls", "-d"]).check
    assert (check.__dict__["deep"], check.__dict__["words"]) == (True, ("ls", "-d"))


@pytest.mark.parametrize("words", [[], ["-d"], ["--"]])
def test_remaining_words_may_be_required(words: list[str]) -> None:
    with pytest.raises(BadUsage, match=r"^rest needs the words to run; see --help$"):
        parse(Rest, words)


text = st.text(st.characters(exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["-", "--", "-v", "--host=x", "", "=", "--project", "--project=x", "--help", "-h", "-V"]
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
        "room": st.integers(0, 10**15),
        "pause": st.floats(0, 1e9),
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
def test_arguments_parse_to_the_same_options(options: dict[str, object]) -> None:
    made = Everything(**options)  # type: ignore[arg-type]
    words = made.arguments()
    again = parse(Everything, [str(word) for word in words]).check
    assert [getattr(again, name) for name in made.options] == [getattr(made, name) for name in made.options]
    assert again.arguments() == words
    assert again.identity() == made.identity()


@given(given_options)
def test_arguments_look_like_nothing_but_options(options: dict[str, object]) -> None:
    words = [str(word) for word in Everything(**options).arguments()]  # type: ignore[arg-type]
    assert projects_in(words) == []
    assert requested_page(words) == ""


@given(st.booleans(), st.lists(text, min_size=1, max_size=4).map(tuple))
def test_arguments_parse_to_the_same_remaining_words(deep: bool, words: tuple[str, ...]) -> None:
    made = Rest(deep=deep, words=words)
    again = parse(Rest, [str(word) for word in made.arguments()]).check
    assert (again.__dict__["deep"], again.__dict__["words"]) == (deep, words)


@given(st.lists(text | st.sampled_from(["-H", "-p", "-w", "-c", "-t", "--name", "-d", "--used-warning"]), max_size=6))
def test_any_words_parse_or_are_one_sentence(words: list[str]) -> None:
    try:
        parse(Everything, words)
    except BadUsage as error:
        assert str(error) != ""


def test_copy_of_a_command_line_shares_nothing_with_the_original() -> None:
    args = parse(Everything, ["--name", "a", "-w", "5", "-t", "3:CRITICAL", "-vv"])
    first, second = args.copy(), args.copy()
    first.check.expected_items.append("an item")
    first.check.failed_items.append(("an item", "CRITICAL", "gone"))
    first.check.__dict__["learned"] = "something"
    for limits in first.limits.values():
        limits.clear()
    assert repr(second.check) == repr(args.check)
    assert second.check.expected_items == [] and second.check.failed_items == []
    assert "learned" not in second.check.__dict__
    assert second.limits == args.limits != first.limits
    assert (second.timeout, second.timeout_state, second.verbose, second.output) == (3.0, "CRITICAL", 2, "nagios")
    assert second.identity == args.check.identity()


@pytest.mark.parametrize("words", [["-v-name", "x"], ["-v-"], ["-vv-deep"], ["-v--name=x"], ["-vd-name", "x"]])
def test_a_hyphen_in_a_cluster_of_flags_is_refused(words: list[str]) -> None:
    """`-v-name` must not read as `--name`: a filter of words by their text would not see that flag."""
    with pytest.raises(BadUsage, match="a hyphen cannot follow -"):
        parse(Everything, words)


def test_a_hyphen_in_a_value_of_a_cluster_stays() -> None:
    assert parse(Everything, ["-vH-x"]).check.host == "-x"  # type: ignore[attr-defined]
