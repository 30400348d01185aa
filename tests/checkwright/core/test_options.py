"""Options: valid and invalid declarations, and values from Python."""

from pathlib import Path
from typing import Any, Literal, Optional

import pytest

import checkwright
from checkwright import Check, Metrics, Secret, gauge, option
from checkwright import Literal as LeanLiteral
from checkwright.core.argv import parse
from checkwright.core.catalog import Found, all_checks
from checkwright.core.errors import DeclarationError
from checkwright.core.help import manual
from checkwright.core.invocation import projects_in, requested_page
from checkwright.core.options import FromHost

MISSING = object()


def declare(annotation: object, default: object = MISSING, **words: Any) -> type[Check]:
    """Return a check class `Probe` with the single option `x`."""
    given = words if default is MISSING else words | {"default": default}
    body = {"__module__": __name__, "__annotations__": {"x": annotation}, "x": option("Something", **given)}
    return type("Probe", (Check,), body)


KINDS = {
    "str": (str, "a b", False),
    "int": (int, -3, False),
    "float": (float, 0.5, False),
    "Path": (Path, Path("/srv"), False),
    "Secret": (Secret, Secret(env="TOKEN"), False),
    "choice of typing": (Literal["a", "b"], "b", False),
    "choice of checkwright": (LeanLiteral["a", "b"], "b", False),
    "one choice": (LeanLiteral["a"], "a", False),
    "many": (tuple[str, ...], ("a", "b"), False),
    "many choices": (tuple[LeanLiteral["a", "b"], ...], ("b", "b"), False),
    "many secrets": (tuple[Secret, ...], (Secret(env="A"), Secret(file="/b")), False),
    "text or none": (str | None, "x", True),
    "none first": (None | str, "x", True),
    "Optional": (Optional[int], 4, True),  # noqa: UP045 - users write it
    "choice or none": (LeanLiteral["a", "b"] | None, "a", True),
    "none or choice": (None | LeanLiteral["a", "b"], "a", True),
    "typing's choice or none": (Literal["a", "b"] | None, "a", True),
    "secret or none": (Secret | None, Secret(file="/t"), True),
}


@pytest.mark.parametrize(("annotation", "value", "optional"), KINDS.values(), ids=KINDS)
def test_option_accepts_values_of_its_type(annotation: object, value: object, optional: bool) -> None:
    kind = declare(annotation)
    assert kind(x=value).__dict__["x"] == value
    assert kind.options["x"].optional is optional
    if optional:
        assert kind().__dict__["x"] is None
        assert kind(x=None).__dict__["x"] is None
    else:
        with pytest.raises(DeclarationError, match=r"^Probe needs the option x= \(Something\)$"):
            kind()


BAD_TYPES = {
    "a list": list[str],
    "a dict": dict[str, str],
    "bytes": bytes,
    "object": object,
    "two types": str | int,
    "two types or none": str | int | None,
    "a pair": tuple[str, str],
    "a bare tuple": tuple,
    "many or none": tuple[str, ...] | None,
    "many of one or none": tuple[str | None, ...],
    "many of a choice or none": tuple[LeanLiteral["a"] | None, ...],
    "many of many": tuple[tuple[str, ...], ...],
    "a choice of numbers": Literal[1, 2],
    "None alone": None,
}


@pytest.mark.parametrize("annotation", BAD_TYPES.values(), ids=BAD_TYPES)
def test_unsupported_type_is_refused_with_the_class(annotation: object) -> None:
    with pytest.raises(DeclarationError, match=r"^Probe\.x: an option's type is str, int, float, bool, Path, Secret"):
        declare(annotation)


BAD_DECLARATIONS = {
    "a switch without default": (bool, {}, "a bool is a switch, so it needs default=False or default=True"),
    "many switches": (tuple[bool, ...], {"default": ()}, "a bool is a switch"),
    "default of another type": (int, {"default": "1"}, "the default is '1', not a int"),
    "default that is no choice": (LeanLiteral["a"], {"default": "b"}, "the default is 'b', not one of a"),
    "a secret written down": (Secret | None, {"default": "s3cret"}, "the default is text: a secret is never written"),
    "another default than None": (int | None, {"default": 5}, "an option that may be None has None as its default"),
    "a flag without dash": (str, {"flags": "path"}, "'path' is not a flag: write -x or --long"),
    "a long flag with one dash": (str, {"flags": "-path"}, "'-path' is not a flag"),
    "two dashes alone": (str, {"flags": "--"}, "'--' is not a flag"),
    "a flag of one letter with two dashes": (str, {"flags": "--p"}, "'--p' is not a flag"),
    "the rest is one word": (str, {"flags": "..."}, "takes all that follows, so its type is tuple[str, ...]"),
    "the rest is numbers": (tuple[int, ...], {"flags": "..."}, "takes all that follows, so its type is tuple"),
    "a flag that every check has": (str, {"flags": "-v"}, "the flag -v is taken by every check"),
    "a unit of text": (str, {"unit": "B"}, "unit='B' does not fit: an int or a float may have B or s"),
    "a unit of a switch": (bool, {"default": False, "unit": "s"}, "unit='s' does not fit"),
    "another unit": (int, {"unit": "days"}, "unit='days' does not fit: an int or a float may have B or s"),
    "the project's flag": (str, {"flags": "--project"}, "the flag --project is taken by every check"),
    "help's flag": (str, {"flags": "--help"}, "the flag --help is taken by every check"),
}


@pytest.mark.parametrize(("annotation", "words", "message"), BAD_DECLARATIONS.values(), ids=BAD_DECLARATIONS)
def test_a_bad_declaration_is_one_sentence(annotation: object, words: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        declare(annotation, **words)
    assert str(raised.value).startswith("Probe.x: ")
    assert message in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "annotation", "words", "metavar"),
    [
        ("host", str, {}, "HOST"),
        ("min_free", int, {}, "MIN_FREE"),
        ("paths", tuple[str, ...], {}, "PATH"),
        ("paths", tuple[str, ...], {"flags": "-p --path"}, "PATH"),
        ("command_lines", tuple[str, ...], {"flags": "--cmdline"}, "CMDLINE"),
        ("queries", tuple[str, ...], {}, "QUERY"),
        ("status", tuple[str, ...], {}, "STATUS"),
        ("address", tuple[str, ...], {}, "ADDRESS"),
        ("aliases", str, {}, "ALIASES"),
        ("words", tuple[str, ...], {"flags": "..."}, "WORD"),
        ("mode", LeanLiteral["fast", "slow"], {}, "fast|slow"),
        ("room", int, {"unit": "B"}, "SIZE"),
        ("pauses", tuple[float, ...], {"unit": "s"}, "DURATION"),
    ],
)
def test_metavar_names_one_value(name: str, annotation: object, words: dict[str, Any], metavar: str) -> None:
    body = {"__module__": __name__, "__annotations__": {name: annotation}, name: option("A value", **words)}
    kind: Any = type("Probe", (Check,), body)
    assert kind.options[name].metavar == metavar


def test_help_shows_sizes_and_durations_with_suffixes() -> None:
    class Room(Check):
        """A room."""

        free: int = option("Space that must stay free", default=10 * 1024**3, unit="B")
        odd: int = option("Odd size", default=1_000, unit="B")
        grace: float = option("Time to start", default=60.0, unit="s")

        age = gauge("Age", "s")

    text = manual(Room)
    for line in (
        "  --free SIZE                    Space that must stay free; default 10G",
        "  --odd SIZE                     Odd size; default 1000",
        "  --grace DURATION               Time to start; default 1m",
        "A number of seconds may end in ms, s, m, h or d: 90s, 2h.",
        "A number of bytes may end in K, M, G or T (1024): 512M, 10G.",
    ):
        assert line in text.splitlines()


BAD_VALUES = {
    "text for a number": (int, "5", "is '5', not a int"),
    "a truth for a number": (int, True, "is True, not a int"),
    "a fraction for a whole number": (int, 1.5, "is 1.5, not a int"),
    "a number for text": (str, 5, "is 5, not a str"),
    "text for a path": (Path, "/srv", "is '/srv', not a Path"),
    "not a number": (float, float("nan"), "is nan, not a number"),
    "infinity": (float, float("inf"), "is inf, not a number"),
    "a NUL": (str, "a\0b", "holds a NUL character"),
    "a NUL among many": (tuple[str, ...], ("a", "b\0"), "holds a NUL character"),
    "no choice": (LeanLiteral["a", "b"], "c", "is 'c', not one of a, b"),
    "one for many": (tuple[str, ...], "/srv", "is '/srv', not a tuple of str"),
    "none at all of many": (tuple[str, ...], (), "is empty, which no command line can express"),
    "None if one is needed": (str, None, "is None, not a str"),
    "a secret written down": (Secret, "s3cret", "is text: a secret is never written down"),
    "a label of another kind": (int, FromHost("port", str), "is label('port', str), but the option is a int"),
}


@pytest.mark.parametrize(("annotation", "value", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_bad_value_is_one_sentence(annotation: object, value: object, message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        declare(annotation)(x=value)
    assert str(raised.value).startswith("Probe.x ")
    assert message in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_whole_number_is_a_float_too() -> None:
    made = declare(float)(x=3)
    assert type(made.__dict__["x"]) is float


def test_list_becomes_a_tuple() -> None:
    paths = ["/"]
    made = declare(tuple[str, ...])(x=paths)
    paths.append("/srv")
    assert made.__dict__["x"] == ("/",)


def test_an_empty_default_may_be_given() -> None:
    assert declare(tuple[str, ...], ())(x=()).__dict__["x"] == ()


def test_label_of_the_host_is_a_placeholder_for_a_value() -> None:
    port = FromHost("port", int)
    assert declare(int)(x=port).arguments() == ["--x", port]
    assert declare(tuple[int, ...])(x=port).arguments() == ["--x", port]
    assert declare(LeanLiteral["a"])(x=FromHost("kind", str)).arguments() == ["--x", FromHost("kind", str)]
    assert port == FromHost("port", int) != FromHost("port", str)
    assert hash(port) == hash(FromHost("port", int))


@pytest.mark.parametrize(("default", "flag"), [(False, "--x"), (True, "--no-x")])
def test_a_switch_has_the_flag_that_changes_it(default: bool, flag: str) -> None:
    kind = declare(bool, default)
    assert kind.options["x"].flags == (flag,)
    assert kind(x=not default).arguments() == [flag]
    assert kind(x=default).arguments() == []


def test_a_long_flag_comes_from_the_name() -> None:
    class Tail(Check):
        last_line: str = option("Line", flags="-l")

    assert Tail.options["last_line"].flags == ("-l", "--last-line")


def test_a_secret_has_two_flags_and_both_are_taken() -> None:
    body = {
        "__module__": __name__,
        "__annotations__": {"token": Secret, "other": str},
        "token": option("Token"),
        "other": option("Other", flags="--token-file"),
    }
    with pytest.raises(DeclarationError, match=r"Probe\.other: the flag --token-file is taken by Probe\.token"):
        type("Probe", (Check,), body)


@pytest.mark.parametrize("words", [{}, {"env": "A", "file": "/b"}, {"env": ""}])
def test_secret_has_one_place(words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a secret has one place"):
        Secret(**words)


def test_a_secret_can_be_shown_compared_and_not_changed() -> None:
    secret = Secret(env="TOKEN")
    assert repr(secret) == "Secret(env='TOKEN')"
    assert secret == Secret(env="TOKEN") != Secret(file="TOKEN")
    assert len({secret, Secret(env="TOKEN")}) == 1
    with pytest.raises(AttributeError, match="cannot be changed"):
        secret.env = "OTHER"


def test_the_place_of_a_secret_that_looks_like_a_flag_is_one_word_with_its_flag() -> None:
    """As a word of its own, `--project` would name a project whose code runs."""

    class Hidden(Check):
        """A check with a secret."""

        token: Secret | None = option("Token", default=None)

        def probe(self) -> Metrics:
            yield from ()

    for secret in (Secret(env="--project"), Secret(file="-h"), Secret(env="TOKEN")):
        words = [str(word) for word in Hidden(token=secret).arguments()]
        assert repr(parse(Hidden, words).check) == repr(Hidden(token=secret))
        assert projects_in(words) == [] and requested_page(words) == ""


@pytest.mark.parametrize("found", all_checks(""), ids=lambda found: found.name)
def test_registry_may_give_each_size_and_duration_of_the_library_as_text(found: Found) -> None:
    kind = found.load()
    annotations = {
        name: one for base in reversed(kind.__mro__) for name, one in vars(base).get("__annotations__", {}).items()
    }
    typed = {"Size", "OptionalSize", "Duration", "OptionalDuration"}
    quantities = {getattr(checkwright, name) for name in typed}
    for name, one in kind.options.items():
        assert not one.unit or one.many or annotations[name] in quantities, f"{name}: use one of {sorted(typed)}"
