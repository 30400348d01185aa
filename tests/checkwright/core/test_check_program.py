"""The program `check`: names, links, projects, help, and modules that its start loads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkwright.testing.sensu_metrics import perfdata_errors

START = "from checkwright.core.check_program import main; main()"
SAMPLE = '''
"""A number from the command line."""

from checkwright import Check, Metrics, gauge, option


class Sample(Check):
    """Reports the given number.

    For tests.
    """

    value: int = option("The number", flags="-n --value", default=3)

    number = gauge("Number", "B", warn=5, crit=9)

    def probe(self) -> Metrics:
        yield self.number(self.value, of="it em")
'''


NAMED = (
    SAMPLE.replace("Sample", "Named")
    .replace(
        'value: int = option("The number", flags="-n --value", default=3)',
        'name_of: str = option("The name", default="")',
    )
    .replace('self.value, of="it em"', "1, of=self.name_of")
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects") / "calling"
    (folder / "plugins" / "family").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "plugins" / "sample.py").write_text(SAMPLE)
    (folder / "plugins" / "family" / "deeper.py").write_text(SAMPLE.replace("Sample", "Deeper"))
    (folder / "plugins" / "named.py").write_text(NAMED)
    (folder / "plugins" / "broken.py").write_text("import nothing_of_this_name\n")
    (folder / "plugins" / "half.py").write_text("def half(:\n")
    (folder / "plugins" / "empty.py").write_text("")
    (folder / "plugins" / "typo.py").write_text(SAMPLE.replace("Sample", "Typo").replace("value: int", "value: set"))
    return folder


def check(*words: str, program: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.argv[0] = {program!r}; {START}" if program else START
    return subprocess.run(
        [sys.executable, "-c", start, *words],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, **environment},
    )


def test_a_projects_check_runs_by_name(project: Path) -> None:
    done = check("--project", str(project), "sample", "-n", "7")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "SAMPLE WARNING: Number it em 7 B (above 5 B) | number:it_em-46e90c2c=7B;5;9;0;\n"


@pytest.mark.parametrize("words", [("--project={}", "deeper"), ("deeper",)])
def test_the_project_comes_from_the_flag_or_the_environment(project: Path, words: tuple[str, ...]) -> None:
    done = check(*(word.format(project) for word in words), CHECKS_PROJECT=str(project))
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ("sample", "--project", "{}", "-n", "7"),
        ("sample", "-n", "7", "--project={}"),
        ("sample", "-n7", "--project", "/nowhere", "--project", "{}"),
        ("--project", "{}", "sample", "--project", "{}", "-n", "7"),
    ],
)
def test_the_project_may_stand_after_the_name(project: Path, words: tuple[str, ...]) -> None:
    done = check(*(word.format(project) for word in words), CHECKS_PROJECT="")
    assert (done.returncode, done.stdout[:34]) == (1, "SAMPLE WARNING: Number it em 7 B (")


def test_the_project_may_stand_after_a_link(project: Path) -> None:
    done = check("-n", "10", "--project", str(project), program="/opt/bin/check_sample", CHECKS_PROJECT="")
    assert done.returncode == 2


def test_help_of_a_projects_check_is_found_by_the_project_after_its_name(project: Path) -> None:
    assert "A number from the command line." in check("sample", "--project", str(project), "--help").stdout


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (("dummy", "--text", "--project=/nowhere"), "DUMMY OK: State ok (--project=/nowhere)"),
        (("dummy", "--text", "--project"), "DUMMY OK: State ok (--project)"),
        (("dummy", "--text=--project", "--state", "ok"), "DUMMY OK: State ok (--project)"),
    ],
)
def test_a_value_that_looks_like_a_project_stays_a_value_of_the_librarys_checks(
    words: tuple[str, ...], output: str
) -> None:
    done = check(*words, CHECKS_PROJECT="")
    assert done.stdout == f"{output}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("named", "--name-of", "--project={project}"), "NAMED UNKNOWN: --project names the project: write it as one"),
        (
            ("named", "--name-of", "--", "--project", "/nowhere"),
            "NAMED UNKNOWN: put --project /nowhere before the check's name, where it is read first",
        ),
        (
            ("--project", "{project}", "named", "--project", "/nowhere"),
            "NAMED UNKNOWN: put --project /nowhere before the check's name",
        ),
    ],
)
def test_a_project_that_could_be_read_in_two_ways_is_refused(
    project: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = check(*(word.format(project=project) for word in words), CHECKS_PROJECT=str(project))
    assert done.returncode == 3
    assert done.stdout.startswith(sentence.format(project=project))


def test_a_value_that_looks_like_a_project_is_a_value_where_the_project_stands_before_the_name(project: Path) -> None:
    done = check("--project", str(project), "named", "--name-of", "--project=/nowhere")
    assert done.stdout.startswith("NAMED OK: Number --project=/nowhere 1 B |")


@pytest.mark.parametrize("dashes", [(), ("--",)])
def test_a_part_of_combine_cannot_name_a_project(project: Path, dashes: tuple[str, ...]) -> None:
    done = check("combine", *dashes, "dummy", "--project", str(project), "--", "dummy", CHECKS_PROJECT="")
    assert f"put --project {project} before the check's name" in done.stdout


def test_words_behind_two_dashes_are_untouched(project: Path) -> None:
    done = check("heartbeat", "--run", "--job", "x", "--folder", str(project / "runs"), "--", "echo", "--project", "x")
    assert done.stdout == "--project x\n"


def test_the_current_folder_is_no_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    done = check("sample")
    assert (done.returncode, done.stdout[:37]) == (3, "SAMPLE UNKNOWN: there is no check 'sa")


def test_a_link_runs_the_check_it_is_named_after(project: Path) -> None:
    done = check("-n", "10", program="/opt/bin/check_sample", CHECKS_PROJECT=str(project))
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("sampel",),
            "SAMPEL UNKNOWN: there is no check 'sampel' here or in the project {project}, did you mean sample; ",
        ),
        (("no such|check",), "NO SUCH¦CHECK UNKNOWN: there is no check 'no such¦check'"),
        (
            ("broken",),
            "BROKEN UNKNOWN: cannot load the check in {project}/plugins/broken.py, line 1: ModuleNotFoundError: ",
        ),
        (("half",), "HALF UNKNOWN: cannot load the check in {project}/plugins/half.py, line 1: SyntaxError: "),
        (("empty",), "EMPTY UNKNOWN: {project}/plugins/empty.py should hold the check class Empty"),
        (
            ("typo",),
            "TYPO UNKNOWN: the check in {project}/plugins/typo.py is not well formed: Typo.value: an option's type ",
        ),
        (("sample", "--nosuch"), "SAMPLE UNKNOWN: unknown option --nosuch; see --help"),
        (("--project",), "CHECK UNKNOWN: --project needs a folder"),
        (("sample", "--project"), "SAMPLE UNKNOWN: --project needs a folder"),
        (("--projct", "x", "sample"), "CHECK UNKNOWN: unknown option --projct, did you mean --project; usage: check "),
        (("sample", "--valeu", "3"), "SAMPLE UNKNOWN: unknown option --valeu, did you mean --value; see --help"),
        (("sample", "-n", "3", "--project", "/nowhere"), "SAMPLE UNKNOWN: the project /nowhere is not a folder"),
        (("--project", "/nowhere", "sample"), "SAMPLE UNKNOWN: the project /nowhere is not a folder"),
    ],
)
def test_bad_input_is_reported_in_one_sentence(project: Path, words: tuple[str, ...], sentence: str) -> None:
    done = check(*words, CHECKS_PROJECT=str(project))
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (3, "", 1)
    assert done.stdout.startswith(sentence.format(project=project))


@pytest.mark.parametrize(
    "words",
    [
        ("sample",),
        ("sample", "-n", "9"),
        ("sample", "--nosuch"),
        ("sample", "--project"),
        ("sample", "--help"),
        ("sample", "-vv"),
        ("sampel",),
        ("broken",),
        ("typo",),
        ("--projct", "x"),
        ("sample", "--project", "/nowhere"),
    ],
)
@pytest.mark.parametrize("output", [("--output=sensu",), ("--output", "sensu"), ("--output=json", "--output=sensu")])
def test_every_output_for_sensu_has_a_bar(project: Path, words: tuple[str, ...], output: tuple[str, ...]) -> None:
    nagios = check(*words, CHECKS_PROJECT=str(project))
    done = check(words[0], *output, *words[1:], CHECKS_PROJECT=str(project))
    assert (done.returncode, perfdata_errors(done.stdout)) == (nagios.returncode, ())
    if "|" in nagios.stdout:
        assert done.stdout == nagios.stdout
    else:
        assert done.stdout.rstrip("\n") == f"{nagios.stdout.rstrip()} |"


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (("dummy", "--text", "--output=sensu"), "(--output=sensu)"),
        (("dummy", "--output=sensu", "--output=nagios"), "State ok"),
    ],
)
def test_other_output_has_no_bar_without_metrics(words: tuple[str, ...], end: str) -> None:
    assert check(*words, CHECKS_PROJECT="").stdout.endswith(f"{end}\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused files that others may write")
def test_root_refuses_files_that_others_may_write(project: Path) -> None:
    file = project / "plugins" / "sample.py"
    file.chmod(0o666)
    try:
        done = check("sample", CHECKS_PROJECT=str(project))
    finally:
        file.chmod(0o644)
    assert done.returncode == 3
    assert f"{file} must be owned and written by root only" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused files that others may write")
def test_root_refuses_links_to_files_that_others_may_write_or_replace(project: Path, tmp_path: Path) -> None:
    def refused() -> str:
        done = check("sample", CHECKS_PROJECT=str(project))
        return "" if done.returncode == 0 else done.stdout

    def linked(place: str, target: Path) -> str:
        link = project / "plugins" / place
        link.symlink_to(target)
        try:
            return refused()
        finally:
            link.unlink()

    other = tmp_path / "other"
    (other / "within").mkdir(parents=True)
    (other / "within" / "code.py").touch()
    (other / "within" / "back").symlink_to(project)
    assert refused() == linked("sources", other / "within") == linked("more.py", other / "within" / "code.py") == ""
    (other / "within" / "code.py").chmod(0o666)
    assert f"{other}/within/code.py must be owned and written by root only" in linked("sources", other / "within")
    (other / "within" / "code.py").chmod(0o644)
    other.chmod(0o777)
    assert f"{other} is writable for others" in linked("sources", other / "within")
    assert f"{other} is writable for others" in linked("more.py", other / "within" / "code.py")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused files that others may write")
@pytest.mark.parametrize(("owner", "mode", "may"), [(0, 0o1777, True), (0, 0o777, False), (65534, 0o1755, False)])
def test_root_refuses_a_project_that_others_may_replace(tmp_path: Path, owner: int, mode: int, may: bool) -> None:
    above = tmp_path / "above"
    (above / "calling" / "plugins").mkdir(parents=True)
    (above / "calling" / "plugins" / "sample.py").write_text(SAMPLE)
    above.chmod(mode)
    os.chown(above, owner, 0)
    done = check("sample", CHECKS_PROJECT=str(above / "calling"))
    assert (done.returncode == 0) is may
    assert may or f"{above} is writable for others" in done.stdout


def test_help_and_version_exit_with_unknown_as_the_guidelines_require(project: Path) -> None:
    done = check("sample", "--help", CHECKS_PROJECT=str(project))
    assert done.returncode == 3
    for expected in ("usage: check sample", "A number from the command line.", "For tests.", "default 3", "critical 9"):
        assert expected in done.stdout
    done = check("sample", "-V", CHECKS_PROJECT=str(project))
    assert (done.returncode, done.stdout[:20]) == (3, "sample (checkwright ")


def test_every_output_format(project: Path) -> None:
    def lines_of(output: str) -> list[str]:
        done = check("sample", "-n", "7", "--output", output, CHECKS_PROJECT=str(project))
        assert done.returncode == 1
        return done.stdout.splitlines()

    (line,) = lines_of("json")
    document = json.loads(line)
    assert (document["state"], document["exit_code"], document["metrics"][0]["value"]) == ("WARNING", 1, 7)
    assert 'check_sample_number_bytes{item="it em"} 7' in lines_of("prometheus")
    assert "check_sample_state 1" in lines_of("prometheus")
    assert lines_of("influx") == ["sample state=1", "sample,item=it\\ em number=7"]
    state, number = lines_of("graphite")
    assert state.split()[:2] == ["sample.state", "1"]
    assert number.split()[:2] == ["sample.number.it_em-46e90c2c", "7"]


HEAVY = {
    "requests",
    "boto3",
    "botocore",
    "psutil",
    "click",
    "rich",
    "dns",
    "yaml",
    "logging",
    "argparse",
    "dataclasses",
}


@pytest.mark.parametrize(
    "words", [("load",), ("load", "--help"), ("http", "--help"), ("sqs_backlog", "--help"), ("disk",)]
)
def test_starting_loads_nothing_that_the_check_does_not_need(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", START, *words], capture_output=True, text=True, timeout=30
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "checkwright" in loaded
    assert not loaded & HEAVY
