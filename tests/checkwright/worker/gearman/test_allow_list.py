"""Which programs a job may have run."""

from pathlib import Path

import pytest

from checkwright.worker.frontend import Runs
from checkwright.worker.gearman.allow_list import Orders, Refused, _words
from checkwright.worker.job import Done, Job
from checkwright.worker.job_routing import Routes


class Nobody(Runs):
    def submit(self, job: Job, done: Done) -> None:
        raise AssertionError(job.shown)

    def is_ours(self, program: str) -> bool:
        return False


def allowed(orders: Orders, command: str) -> bool:
    try:
        return bool(orders.words(command, Nobody()))
    except Refused:
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
def test_a_listed_folder_and_what_is_below_it(plugins: Path, end: str) -> None:
    orders = Orders([f"{plugins}{end}"])
    assert allowed(orders, f"{plugins}/check_a -w 5%")
    assert allowed(orders, f"{plugins}/vendor/check_b")
    for other in ("readme", "none", "negate", "../check_d", "vendor/../check_a", "./check_a", "/check_a", ""):
        assert not allowed(orders, f"{plugins}/{other}")
    assert not allowed(orders, f"{plugins}-old/check_c")
    assert not allowed(orders, f"{plugins.parent}/check_d")
    assert not allowed(orders, f"'{plugins}/check_a\0'")


def test_env_sets_what_was_listed_and_no_other_value(plugins: Path) -> None:
    orders = Orders([str(plugins)], variables=["LC_ALL=C", "A=b c", "B="])
    found = orders.words(f"/usr/bin/env LC_ALL=C 'A=b c' B= {plugins}/check_a x=1", Nobody())
    assert found == ((f"{plugins}/check_a", "x=1"), {"LC_ALL": "C", "A": "b c", "B": ""})
    for words in ("LC_ALL=de", "LD_PRELOAD=/x.so", "A=b", "=C", "-i", "-S LC_ALL=C", "-u HOME", ""):
        assert not allowed(orders, f"/usr/bin/env {words} {plugins}/check_d"), words
    for command in ("/usr/bin/env", "/usr/bin/env LC_ALL=C", "/usr/bin/env /usr/bin/env LC_ALL=C /bin/sh"):
        assert not allowed(orders, command)
    assert not allowed(orders, f"env LC_ALL=C {plugins}/check_a")
    assert not allowed(Orders([str(plugins)]), f"/usr/bin/env LC_ALL=C {plugins}/check_a")


def test_of_long_command_lines_none_is_kept(plugins: Path) -> None:
    orders = Orders([str(plugins)])
    kept = _words.cache_info().currsize
    for number in range(3):
        line = f"{plugins}/check_a {number} {'x ' * 50_000}"
        words, _ = orders.words(line, Nobody())
        assert (len(words), words[1]) == (50_002, str(number))
        routes = Routes([])
        for command in (line, words):
            assert len(routes.of(Job(command, 60)).words) == 50_002
        assert routes.of(Job(line[:1000], 60)) is routes.of(Job(line[:1000], 60))
        assert routes.of(Job(line, 60)) is not routes.of(Job(line, 60))
        assert routes.of(Job(words, 60)) is not routes.of(Job(words, 60))
    assert _words.cache_info().currsize == kept


def test_without_a_folder_nothing_foreign_is_run(plugins: Path) -> None:
    assert not allowed(Orders([]), f"{plugins}/check_a")
