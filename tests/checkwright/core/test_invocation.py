"""Command lines of `check` are split into project, name and own words, without loading a check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright import BadUsage
from checkwright.core.argv import parse
from checkwright.core.invocation import parse_invocation, projects_in
from tests.checkwright.core.test_argv import Everything

CASES: dict[str, tuple[str, str, str]] = {
    # link and words -> name, project and own words
    "a name": (" | disk -p /", "disk", " | -p /"),
    "before the name": (" | --project /srv/shop disk -p /", "disk", "/srv/shop | -p /"),
    "before the name, joined": (" | --project=/srv/shop disk", "disk", "/srv/shop | "),
    "twice before the name, the last wins": (" | --project a --project=b disk", "disk", "b | "),
    "after the name": (" | disk --project /srv/shop -p /", "disk", "/srv/shop | --project /srv/shop -p /"),
    "after the name, joined": (" | disk -p / --project=shop", "disk", "shop | -p / --project=shop"),
    "twice after the name, the last wins": (" | disk --project a --project b", "disk", "b | --project a --project b"),
    "on both sides, the first is exact": (" | --project a disk --project b", "disk", "a | --project b"),
    "behind two dashes": (" | run -- cmd --project shop", "run", " | -- cmd --project shop"),
    "on both sides of two dashes": (" | run --project a -- --project b", "run", "a | --project a -- --project b"),
    "a folder called two dashes": (" | run --project -- --project b", "run", "b | --project -- --project b"),
    "an empty folder": (" | --project= disk", "disk", " | "),
    "a link": ("disk | -p /", "disk", " | -p /"),
    "a link, before its options": ("disk | --project a -p /", "disk", "a | -p /"),
    "a link, after an option": ("disk | -p / --project a", "disk", "a | -p / --project a"),
    "a link, with a flag first": ("disk | -v", "disk", " | -v"),
    "nothing": (" | ", "", " | "),
    "a project alone": (" | --project a", "", "a | "),
}


@pytest.mark.parametrize(("line", "name", "parts"), CASES.values(), ids=CASES)
def test_a_command_line_is_split(line: str, name: str, parts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHECKS_PROJECT", raising=False)
    link, words = line.split(" | ")
    found = parse_invocation(link.strip(), words.split())
    assert found.name == name
    assert f"{found.project} | {' '.join(found.words)}" == parts


def test_the_environment_names_the_project_where_the_command_line_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKS_PROJECT", "/srv/shop")
    assert parse_invocation("", ["disk"]).project == "/srv/shop"
    assert parse_invocation("", ["disk", "--project", "a"]).project == "a"
    assert parse_invocation("", ["--project=", "disk"]).project == ""
    assert parse_invocation("", ["disk"]).projects == ()


def test_a_filter_sees_each_folder_that_may_be_the_project() -> None:
    words = ["--project", "a", "disk", "--path", "--project=b", "-v", "--project", "c", "--", "--project", "d"]
    assert parse_invocation("", words).projects == ("a", "b", "c")


@pytest.mark.parametrize(
    ("words", "page"),
    [
        (["disk", "--help"], "help"),
        (["disk", "-p", "/", "-h"], "help"),
        (["disk", "-V"], "version"),
        (["disk", "--project", "a", "--version"], "version"),
        (["disk", "-v"], ""),
        (["run", "--", "--help"], ""),
        (["--help"], "help"),
        (["-V", "disk"], "version"),
        (["--project", "a", "-h", "disk"], "help"),
    ],
)
def test_help_and_version_are_recognized(words: list[str], page: str) -> None:
    assert parse_invocation("", words).page == page


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--project"], "--project needs a folder"),
        (
            ["--projct", "shop", "disk"],
            "unknown option --projct, did you mean --project; usage: check [--project DIR] NAME [options]",
        ),
        (["--hlep"], "unknown option --hlep, did you mean --help; usage: check [--project DIR] NAME [options]"),
        (["-x", "disk"], "unknown option -x; usage: check [--project DIR] NAME [options]"),
    ],
)
def test_a_bad_flag_before_the_name_is_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(BadUsage) as raised:
        parse_invocation("", words)
    assert str(raised.value) == sentence


option_words = st.lists(
    st.sampled_from(["--host", "--project", "--project=a", "--project=b", "a", "-v", "-d", "-Hx", "--", "-w", "5"]),
    max_size=6,
)


@given(option_words)
def test_a_project_that_the_exact_parse_finds_is_seen_here_or_refused_by_the_run(words: list[str]) -> None:
    from checkwright.core.run import Run
    from checkwright.core.world import World

    try:
        exact = parse(Everything, words).project
    except BadUsage:
        return
    seen = parse_invocation("", ["everything", *words])
    run = Run(Everything, seen.words, World(sealed=True), project=seen.project)
    assert run.usage or exact in ("", seen.project)
    if exact and exact not in projects_in(words):
        assert "before the check's name" in run.usage
