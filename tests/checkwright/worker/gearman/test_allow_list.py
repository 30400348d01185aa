"""Programs that a job may have run."""

from pathlib import Path

import pytest

from checkwright.worker.frontend import JobExecutor
from checkwright.worker.gearman.allow_list import AllowList, NotAllowed, _split
from checkwright.worker.job import Done, Job
from checkwright.worker.job_routing import Router


class Nobody(JobExecutor):
    def submit(self, job: Job, done: Done) -> None:
        raise AssertionError(job.program)

    def is_own_program(self, program: str) -> bool:
        return False


def allowed(rules: AllowList, command: str) -> bool:
    try:
        return bool(rules.words(command, Nobody()))
    except NotAllowed:
        return False


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    for name in ("plugins/check_a", "plugins/vendor/check_b", "plugins-old/check_c", "check_d", "plugins/negate"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o755)
    (tmp_path / "plugins/readme").touch(mode=0o644)
    return tmp_path / "plugins"


@pytest.mark.parametrize("end", ["", "/", "//", "/."])
def test_plugins_are_allowed_by_folder_and_name(plugins: Path, end: str) -> None:
    rules = AllowList([f"{plugins}{end}"], ["check_a", "readme", "none"])
    assert allowed(rules, f"{plugins}/check_a -w 5%")
    assert not allowed(rules, f"{plugins}/vendor/check_b")
    assert allowed(AllowList([f"{plugins}/vendor"], ["check_b"]), f"{plugins}/vendor/check_b")
    for other in ("readme", "none", "negate", "../check_d", "vendor/../check_a", "./check_a", "/check_a", ""):
        assert not allowed(rules, f"{plugins}/{other}")
    assert not allowed(rules, f"{plugins}-old/check_c")
    assert not allowed(rules, f"{plugins.parent}/check_d")
    assert not allowed(rules, f"'{plugins}/check_a\0'")


def test_env_sets_allowed_values_only(plugins: Path) -> None:
    rules = AllowList([str(plugins)], ["check_a", "check_d"], variables=["LC_ALL=C", "A=b c", "B="])
    found = rules.words(f"/usr/bin/env LC_ALL=C 'A=b c' B= {plugins}/check_a x=1", Nobody())
    assert found == ((f"{plugins}/check_a", "x=1"), {"LC_ALL": "C", "A": "b c", "B": ""})
    for words in ("LC_ALL=de", "LD_PRELOAD=/x.so", "A=b", "=C", "-i", "-S LC_ALL=C", "-u HOME", ""):
        assert not allowed(rules, f"/usr/bin/env {words} {plugins}/check_d"), words
    for command in ("/usr/bin/env", "/usr/bin/env LC_ALL=C", "/usr/bin/env /usr/bin/env LC_ALL=C /bin/sh"):
        assert not allowed(rules, command)
    assert not allowed(rules, f"env LC_ALL=C {plugins}/check_a")
    assert not allowed(AllowList([str(plugins)], ["check_a"]), f"/usr/bin/env LC_ALL=C {plugins}/check_a")


@pytest.mark.slow
def test_long_command_lines_are_not_cached(plugins: Path) -> None:
    rules = AllowList([str(plugins)], ["check_a"])
    kept = _split.cache_info().currsize
    for number in range(3):
        line = f"{plugins}/check_a {number} {'x ' * 50_000}"
        words, _ = rules.words(line, Nobody())
        assert (len(words), words[1]) == (50_002, str(number))
        router = Router([])
        for command in (line, words):
            assert len(router.route(Job(command, 60)).words) == 50_002
        assert router.route(Job(line[:1000], 60)) is router.route(Job(line[:1000], 60))
        assert router.route(Job(line, 60)) is not router.route(Job(line, 60))
        assert router.route(Job(words, 60)) is not router.route(Job(words, 60))
    assert _split.cache_info().currsize == kept


def test_no_plugin_is_allowed_by_default(plugins: Path) -> None:
    assert not allowed(AllowList(), f"{plugins}/check_a")
    assert not allowed(AllowList([str(plugins)]), f"{plugins}/check_a")
    assert not allowed(AllowList([], ["check_a"]), f"{plugins}/check_a")
