"""The benchmarks run. What they measure is for people to judge: no time is asserted here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.against import UnknownRevision, against, installed_revision, is_slower
from benchmarks.catalogue import catalogue
from benchmarks.cold import baseline, cold, http, imports, stages
from benchmarks.configuration import OURS, STYLES, configuration
from benchmarks.fleet import STEPS, fleet, measure
from benchmarks.gearman import gearman
from benchmarks.latency import count_next_to_goaccess, latency
from benchmarks.metrics import answer, metrics
from benchmarks.packs import packs
from benchmarks.processes import Spent, compare, cost, in_company, in_turn, memory, spend, tree_seconds
from benchmarks.promises import Promise, build, promise_table
from benchmarks.sensu_build import STYLES as SENSU_STYLES
from benchmarks.sensu_build import sensu_build
from benchmarks.status import status_of_nagios
from benchmarks.table import recorded, table
from benchmarks.together import once, service_round
from benchmarks.worker import Variant, burst, evenly, sustained_rate
from checkwright.sources.prometheus_text import PrometheusText
from tests.support.installed import ROOT, installed_venv
from tests.support.real import require
from tests.support.shop_traffic import FORMATS

pytestmark = pytest.mark.daemon


def test_cold_names_every_rival_and_the_promises() -> None:
    report = cold(installed_venv(), pairs=1)
    for rival in ("nagiosplugin's own example", "rewritten", "bare interpreter", "itself"):
        assert rival in report
    assert "1.15" in report


def test_an_http_check_is_compared_on_this_machine() -> None:
    report = http(installed_venv(), pairs=1)
    assert "nagiosplugin and requests" in report
    assert "0.45" in report


def test_a_promise_is_kept_up_to_its_limit() -> None:
    kept = [Promise("a", "work", reached, 0.5, 0.4).verdict() for reached in (0.4, 0.41, 0.5, 0.51)]
    assert kept == ["aim", "kept", "kept", "not kept"]
    assert Promise("a", "work", 7, None, None).verdict() == "kept"


def test_promises_are_a_table_and_data() -> None:
    with recorded() as tables:
        text = promise_table([Promise("a", "one", 1 / 17, 1 / 10, 1 / 20), Promise("a", "two", 310, 300, None, "MB")])
    assert [line.split() for line in text.splitlines()[3:]] == [
        ["one", "1/17", "x", "1/10", "x", "1/20", "x", "kept"],
        ["two", "310", "MB", "300", "MB", "not", "kept"],
    ]
    assert tables[0]["columns"] == ["work", "reached", "at most", "aim", "result"]
    assert tables[0]["rows"][1] == ["two", "310 MB", "300 MB", "", "not kept"]


def test_a_table_made_after_recording_is_not_recorded() -> None:
    with recorded() as tables:
        pass
    table("title", ["a"], [["b"]])
    assert tables == []


def test_slower_needs_the_median_and_most_pairs() -> None:
    assert is_slower([1.2, 1.1, 1.3, 0.9])
    assert not is_slower([1.02] * 4)
    assert not is_slower([1.3] * 3)  # too few pairs
    assert not is_slower([1.2, 1.2, 0.9, 0.8])


def test_two_installations_do_the_same_work() -> None:
    rows = against(installed_venv(), installed_venv(), "itself", pairs=1).splitlines()[3:]
    assert [row.split()[0] for row in rows] == ["check", "check", "checkctl", "batch", "build", "build"]


def test_a_revision_that_does_not_exist_is_one_sentence() -> None:
    with (
        pytest.raises(UnknownRevision, match="git cannot check out 'no-such-revision': "),
        installed_revision("no-such-revision"),
    ):
        pass


def test_a_registry_is_built_for_the_promises(tmp_path: Path) -> None:
    spent, objects = build(tmp_path / "few", 20, "hosts")
    assert spent.memory > 10
    assert (objects / "services/role-1.cfg").read_text().count("define service {") == 40


def test_a_small_day_is_counted_for_the_promises() -> None:
    require("goaccess", package="goaccess")
    ours, other = count_next_to_goaccess(installed_venv(), 0.05)
    assert other is not None
    assert min(ours.memory, other.memory) > 1


def test_packs_stand_next_to_plugins() -> None:
    require("check_load", package="monitoring-plugins-basic")
    rows = [line.split() for line in packs(installed_venv(), 1, ("load", "log_file", "php_fpm")).splitlines()[3:]]
    assert [row[0] for row in rows] == ["load", "log_file", "php_fpm"]
    assert rows[0][3] == "check_load"
    assert all(float(row[1]) > 0 and float(row[2]) >= 0 for row in rows)


def test_status_has_a_row_for_each_step() -> None:
    lines = status_of_nagios(200, 10, 1).splitlines()
    assert lines[0].startswith("Status of 200 services, 10 of them with problems")
    assert [line.split()[0] for line in lines[3:]] == ["parse", "match", "the"]


def test_catalogue_has_a_row_for_each_size() -> None:
    rows = [line.split() for line in catalogue((20, 600)).splitlines()[3:]]
    assert [row[0] for row in rows] == ["20", "600"]
    assert int(rows[1][9].replace(",", "")) > 600


def test_baseline_compares_two_installations() -> None:
    lines = baseline(installed_venv(), installed_venv(), pairs=1).splitlines()
    assert [line.split()[:2] for line in lines[3:]] == [["check", "load"], ["check", "dummy"]]


def test_a_cold_start_is_told_in_parts() -> None:
    report = stages(installed_venv(), rounds=1)
    assert [line.split()[0] for line in report.splitlines()[3:]] == ["the", "nagiosplugin,", "this", "all"]


def test_commands_in_turn_keep_their_order() -> None:
    slow, quick = in_turn([[sys.executable, "-c", "import time; time.sleep(0.5)"], [sys.executable, "-c", ""]], 2)
    assert slow.wall > 0.5
    assert quick.cpu > 0


def test_latency_is_exact_next_to_another_program() -> None:
    require("goaccess", package="goaccess")
    report = latency(installed_venv(), rate=0.2, with_peers=False)
    assert all(name in report for name in ("declared routes", "2 processes", "learned names", "GoAccess"))
    formats = [line.split() for line in report.splitlines() if line.split()[:1] and line.split()[0] in FORMATS]
    assert [(name, wrong) for name, _, _, _, wrong, *_ in formats] == [(name, "0") for name in FORMATS]
    assert all(float(error) < 0.5 for _, _, _, _, _, error, *_ in formats)
    assert "4 MB of new lines, 500 routes" in report


def test_imports_show_where_the_start_goes() -> None:
    report = imports(installed_venv())
    assert "own ms" in report
    assert "all " in report


def test_a_small_fleet_goes_through_every_step(tmp_path: Path) -> None:
    assert tuple(measure(30, tmp_path)) == STEPS


def test_the_fleet_is_measured_in_processes_of_its_own() -> None:
    report = fleet((20,))
    assert all(step in report for step in STEPS)
    assert "largest memory, MB" in report


def test_sensu_is_built_in_both_styles() -> None:
    report = sensu_build((20,))
    for _, title in SENSU_STYLES:
        assert title in report
    rows = [line.split() for line in report.splitlines() if line.startswith("  20 x 20")]
    assert [row[3] for row in rows] == ["200", "400"]


def test_configuration_is_compared_in_both_styles(capfd: pytest.CaptureFixture[str]) -> None:
    report = configuration((20,), Path(sys.prefix))
    for _, title in STYLES:
        assert title in report
    # The environment for development has Jinja2 (moto brings it), and neither pynag nor coshsh.
    assert [line.split()[0] for line in report.splitlines() if line.startswith(("  jinja2", f"  {OURS} "))] == [
        OURS,
        "jinja2",
    ] * len(STYLES)
    assert "pynag is not in" in capfd.readouterr().err


def test_a_program_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"failed: broken$"):
        cost([sys.executable, "-c", "import sys; sys.exit('broken')"], tmp_path)


def test_the_cost_of_a_program_is_its_own(tmp_path: Path) -> None:
    found = cost([sys.executable, "-c", "x = bytearray(50_000_000); print('words')"], tmp_path)
    assert found.memory > 50
    assert found.wall > 0


def test_a_command_that_is_no_plugin_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 7: a plugin ends with 0 to 3$"):
        spend([sys.executable, "-c", "raise SystemExit(7)"])


def test_a_comparison_pairs_the_runs() -> None:
    found = compare([sys.executable, "-c", "pass"], [sys.executable, "-c", "pass"], pairs=3)
    assert 0 < found.least <= found.ratio <= found.most


def test_memory_is_the_commands_own() -> None:
    held = "x = bytearray(50_000_000)"
    assert memory([sys.executable, "-c", held]) - memory([sys.executable, "-c", "pass"]) > 40


def test_a_table_lines_up() -> None:
    assert table("T", ["a", "b"], [["long", "1"], ["x", "200"]]) == (
        "T\n  a       b\n  ----  ---\n  long    1\n  x     200"
    )


@pytest.mark.parametrize("words", [["nonsense"], ["--pairs", "0", "cold"]])
def test_a_wrong_word_is_one_sentence(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("python -m benchmarks: error: ")


def test_checks_go_through_gearmand_to_each_worker() -> None:
    require("gearmand", package="gearman-job-server")
    report = gearman(installed_venv(), rates=(10,), seconds=0.3, workers=(2,), jobs=40)
    for rival in ("check load in it", "forks C check_load", "forks check load", "forks nagiosplugin"):
        assert rival in report
    assert "40 jobs at once" in report and "On paper" in report


@pytest.mark.parametrize("warm", [True, False])
def test_a_burst_in_a_real_nagios_is_counted(warm: bool) -> None:
    spent = burst(Variant("load", "ours", f"{installed_venv()}/bin/check load -w 900 -c 999", 5, warm=warm))
    assert spent.rate > 0
    assert spent.slow >= spent.median >= 0
    assert warm or spent.cpu > 1  # milliseconds: no process starts in less


def test_the_worker_is_watched_at_a_rate() -> None:
    line = f"{installed_venv()}/bin/check dummy --value {{}}"
    rate, done, cpu, _, _, megabytes = sustained_rate(line, 2, warm=True, every=2)
    assert rate == "2"
    assert float(done) > 0
    assert float(cpu) >= 0
    assert int(megabytes) > 10


def test_a_batch_is_counted_with_all_that_it_starts() -> None:
    watches = [["load", "-w", "900", "-c", "999"], ["dummy", "--value", "1"]]
    assert once(installed_venv(), watches).cpu > 0
    assert service_round(installed_venv(), watches, every=1).cpu >= 0
    with pytest.raises(RuntimeError, match="1 not OK"):
        once(installed_venv(), [["dummy", "--state", "critical"]])


def test_processes_in_company_are_all_counted() -> None:
    spin = [sys.executable, "-c", "import time\nwhile time.process_time() < 0.2: pass"]
    found = in_company([spin] * 3, at_once=2)
    assert isinstance(found, Spent)
    assert found.cpu >= 0.6
    with pytest.raises(RuntimeError, match=r"ended with 2$"):
        in_company([[sys.executable, "-c", "raise SystemExit(2)"]], at_once=1)


def test_children_of_others_are_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.read()  # it ends before the others begin
        in_company([[sys.executable, "-c", "raise SystemExit(0)"]] * 2, at_once=1)
        os.kill(other.pid, 0)  # fails if somebody has collected it
        assert other.wait() == 0


def test_a_tree_of_processes_is_counted_whole() -> None:
    spin = "while time.process_time() < 0.3: pass"
    after = "os.wait()\nprint(flush=True)\nsys.stdin.read()"
    script = f"import os, time, sys\nif os.fork() == 0:\n  {spin}\n  sys.exit()\n{after}"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert tree_seconds(parent.pid) >= 0.29
        parent.communicate()


def test_the_core_is_asked_evenly() -> None:
    ours, *others = evenly(f"{installed_venv()}/bin/check", 20, seconds=0.5)
    assert "a byte" in others[0][0]
    for _, rate, _, _, middle, slow, _ in (ours, *others):
        assert rate == "20"
        assert 0 <= float(middle) <= float(slow)
    assert float(ours[4]) > 0


def test_metrics_are_read_in_three_steps() -> None:
    report = metrics(rounds=1, samples=40)
    assert "40 samples" in report
    assert [line.split()[:2] for line in report.splitlines()[3:]] == [["find", "all"], ["and", "read"], ["and", "read"]]
    parsed = PrometheusText.parse(answer(967), "x")
    assert sum(len(parsed.samples(name)) for name in parsed.names()) == 967
