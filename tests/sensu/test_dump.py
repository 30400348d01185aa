"""Tests of written resources: Python's readers and checkwright's own read the same values back."""

import importlib
import json
import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import sensu
from sensu import CheckConfig, sensuctl_files
from sensu.dump import to_json, to_yaml
from tests.sensu.plans import shop


def check(**fields: object) -> CheckConfig:
    defaults: dict[str, object] = {"name": "a", "command": "/bin/true", "interval": 60, "timeout": 10}
    return CheckConfig(**defaults | {"subscriptions": ("web",)} | fields)  # type: ignore[arg-type]


# Text that Go's YAML reader, Python's or YAML 1.2 would read as another type without quotes.
NOT_TEXT: tuple[str, ...] = (
    "1e3",
    "0o17",
    "0x1f",
    "12:30",
    "yes",
    "Y",
    "n",
    "Off",
    "null",
    "~",
    "",
    "=",
    "<<",
    ".inf",
    "1_000",
)
NOT_TEXT += (
    "2026-11-24",
    "True",
    "-",
    "- a",
    "a: b",
    "# a",
    "@a",
    "`a`",
    "!a",
    "&a",
    "*a",
    "%a",
    "[a",
    "{a",
    "? a",
)
NOT_TEXT += (
    "---",
    "--- a",
    "...",
    "a\n---\nb",
    "\n---\n",
    " a",
    "a ",
    "a\n",
    "\na",
    "a\n\n b",
    "a\t\nb",
    "\x85",
    "\u2028a\nb",
)


@pytest.mark.parametrize("value", NOT_TEXT, ids=ascii)
def test_text_stays_text(value: str) -> None:
    made = {"metadata": {"labels": {value: value}}}
    text = to_yaml(made)
    assert yaml.safe_load(text) == made
    (document,) = sensuctl_files.read(text)
    assert isinstance(document, sensuctl_files.Document)
    assert document.data == made


@pytest.mark.parametrize("value", ["1e3", "0o17", "y", "12:30", "1_000", "0x1f", "NULL", "Off", "2026-11-24", ".inf"])
def test_text_is_quoted_if_readers_disagree_about_its_type(value: str) -> None:
    assert f"'{value}'" in to_yaml({"a": value})


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=4))
def test_any_text_survives_a_round_trip(values: dict[str, str]) -> None:
    assert yaml.safe_load(to_yaml({"spec": values})) == {"spec": values}


@pytest.mark.parametrize("value", [value for value in NOT_TEXT if value.isascii()], ids=ascii)
def test_yaml_has_equal_bytes_without_libyaml(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = to_yaml({"a": value, "b": [{"c": value}]})
    dump_module = importlib.import_module("sensu.dump")
    monkeypatch.delattr(yaml, "CSafeDumper")
    monkeypatch.setattr(dump_module, "_dumper", dump_module._dumper.__wrapped__)
    assert to_yaml({"a": value, "b": [{"c": value}]}) == written


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(lambda text: "{{" not in text))
def test_any_resource_survives_a_round_trip_in_both_formats(text: str) -> None:
    made = (check(annotations={"why": text}), check(name="b", annotations={"x": text + "\n" + text}))
    for written in (sensu.dump(made, "json"), sensu.dump(made, "yaml")):
        found = list(sensuctl_files.read(written))
        assert [one.data for one in found if isinstance(one, sensuctl_files.Document)] == [
            one.document() for one in made
        ]


def test_json_documents_follow_one_another_over_many_lines() -> None:
    text = sensu.dump(sensu.render(shop()), "json")
    first, _, rest = text.partition("\n}\n")
    assert json.loads(first + "\n}")["type"] == "Namespace"
    assert rest.startswith('{\n  "type": "Entity",\n')
    assert max(len(line) for line in text.splitlines()) < 300


def test_yaml_begins_with_a_separator_and_no_text_can_look_like_one() -> None:
    text = sensu.dump((check(annotations={"why": "a\n---\nb"}),), "yaml")
    assert [line for line in text.splitlines() if line.startswith("---")] == ["---"]
    assert text.startswith("---\n")


def test_keys_are_sorted_and_nothing_has_an_alias() -> None:
    shared = {"b": "1", "a": "2"}
    text = sensu.dump((check(labels=shared, annotations=shared),), "yaml")
    assert text.count("    a: '2'\n    b: '1'\n") == 2


def test_a_command_with_both_quotes_can_be_copied_from_the_yaml() -> None:
    command = """/bin/x 'https://'"$CW_1"'/y'"""
    assert f"  command: |-\n    {command}\n" in sensu.dump((check(command=command),), "yaml")


def test_unknown_format_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="toml is not a format of resources: use json or yaml"):
        sensu.dump((), "toml")  # type: ignore[arg-type]


def test_dumping_json_does_not_import_yaml() -> None:
    code = "import sys, sensu; sensu.dump((), 'json'); sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=5), _VALUES, max_size=3))
def test_json_equals_that_of_pythons_encoder(spec: dict[str, object]) -> None:
    assert to_json({"spec": spec}) == json.dumps({"spec": spec}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: [1, 0x1f, 0o17, 1e3, 1.5, yes, no, ~, null, 2026-11-26, 12:30, '1', \"\\u00e9\"]\n",
        "a: &x {b: 1}\nc: *x\n",
        "a: |\n  b\n\n  c\nd: >-\n  e\n  f\n",
        "? a\n: - b\n  - - c\n    - d\n",
        "k: {a: {}, b: [], 'c d': \"\", 5: six}\n",
        "# only\n# comments\na: b # and one more\n",
    ],
)
def test_both_yaml_readers_agree(text: str) -> None:
    (fast,) = sensuctl_files.read(text)
    (slow,) = sensuctl_files.slowly(text, 1, False)
    assert isinstance(fast, sensuctl_files.Document)
    assert isinstance(slow, tuple)
    assert (fast.data, fast.lines) == (slow[0], slow[1]())
