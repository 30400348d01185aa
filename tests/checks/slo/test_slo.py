"""Check slo against tallies, real counts files, and a registry."""

import random
import re
from pathlib import Path

import pytest

from checks.slo.fake import FakeCountsFiles
from checks.slo.slo import Slo
from checks.slo.source import CountsFiles, Objective
from checkwright.cli.main import run as cli_run
from checkwright.core.errors import CannotTell, CheckError
from checkwright.latency import counts_file
from checkwright.latency.burn import DAY, Tally, budget_left, burns, impossible, tally
from checkwright.latency.counts import Counts, Header
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support.sample import Sample
from tests.support.shop_day import MIDNIGHT

NOW = MIDNIGHT + 10.0
WORDS = "--objective checkout --percent 99.9 --under 500ms"


def steady(days: float = 30, requests: int = 600, bad: int = 0) -> list[Tally]:
    """Return tallies of five minutes up to now, all alike."""
    return [Tally(MIDNIGHT - (n + 1) * 300, 300, requests, bad) for n in range(int(days * 288))]


def recent(seconds: float, bad: int, requests: int = 600, until: float = 0) -> list[Tally]:
    """Return steady tallies, with bad requests in the last `seconds` until `until` seconds before now."""
    found = steady(requests=requests)
    for one in found:
        if NOW - seconds <= one.start < NOW - until:
            one.bad = bad
    return found


CASES: dict[str, tuple[list[Tally] | CheckError, str, str]] = {
    "all is well": (steady(), "", "OK"),
    "an outage of ten minutes": (recent(600, 600), "", "CRITICAL"),
    "2 % slow for an hour": (recent(3_600, 12), "", "CRITICAL"),
    "2 % slow an hour ago, over since": (recent(7_200, 12, until=3_600), "", "OK"),
    "0.8 % slow for six hours": (recent(21_600, 5), "", "CRITICAL"),
    "0.17 % slow for three days": (recent(3 * DAY, 1), "", "WARNING"),
    "a few slow requests at night": (recent(3_600, 1, requests=1, until=2_400), "", "OK"),
    "a shorter period": (recent(3 * DAY, 1), "--days 7", "CRITICAL"),
    "no counts for hours": (steady()[36:], "", "UNKNOWN"),
    "no counts at all": ([], "", "UNKNOWN"),
    "no folder": (CannotTell("cannot look into /gone: No such file or directory"), "--counts /gone", "UNKNOWN"),
    "a budget that cannot burn that fast": (steady(), "--percent 90", "UNKNOWN"),
    "a promise of everything": (steady(), "--percent 100", "UNKNOWN"),
    "a period of nothing": (steady(), "--days 0", "UNKNOWN"),
    "a time of nothing": (steady(), "--under 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("found", "words", "state"), CASES.values(), ids=CASES)
def test_slo(found: list[Tally] | CheckError, words: str, state: str, golden: Golden) -> None:
    outcome = run(Slo, f"{WORDS} {words}", FakeCountsFiles(found, now=NOW), FakeStateFile())
    assert outcome.state == state
    golden(outcome)


def test_thresholds_are_those_of_the_usual_burn_rates() -> None:
    # 14.4, 6 and 1 times a budget of 30 days: 2 % in 1 h, 5 % in 6 h, 10 % in 3 days.
    for rate, number, share in ((14.4, 0, 0.02), (6, 1, 0.05), (1, 2, 0.10)):
        bad = round(rate * 0.001 * 1_000_000)
        assert burns(steady(4, 1_000_000, bad), NOW, 99.9, 30)[number].long == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize(("percent", "days"), [(90, 30), (93, 30), (50, 28)])
def test_objective_that_can_never_alert_is_refused_and_the_advice_works(percent: float, days: float) -> None:
    found = re.search(r"Use more than ([0-9.]+) %", impossible(percent, days))
    assert found is not None
    least = float(found[1])
    assert impossible(least + 0.1, days) == ""
    everything = [Tally(one.start, 300, 600, 600) for one in steady(4)]
    assert burns(everything, NOW, percent, days)[0].both < 0.02 < burns(everything, NOW, least + 0.1, days)[0].both


def test_new_service_burns_for_as_long_as_it_is_known() -> None:
    six_hours = steady(0.25, 1_000, 1)
    hour, half, whole = burns(six_hours, NOW, 99.9, 30)
    assert hour.long == pytest.approx(1 / 720)
    assert half.long == pytest.approx(6 / 720, rel=0.001)
    assert whole.long == pytest.approx(half.long, rel=0.01)
    assert 1 - (budget_left(six_hours, NOW, 99.9, 30) or 0) == pytest.approx(half.long, rel=0.01)


@pytest.mark.slow
def test_healthy_service_with_little_traffic_alerts_nobody() -> None:
    # 10 requests an hour, one of 2,000 is slow: half of what 99.9 % permits.
    chance = random.Random(1)
    tallies = steady(requests=0)
    for one in tallies:
        one.requests = 1 if chance.random() < 10 / 12 else 0
        one.bad = int(one.requests and chance.random() < 1 / 2_000)
    for moment in range(0, 20 * DAY, 300):
        known = [one for one in tallies if one.start < MIDNIGHT - moment]
        short = [one for one in known if one.start >= MIDNIGHT - moment - 4 * DAY]
        assert not any(burn.judged and burn.both > 0.02 for burn in burns(short, MIDNIGHT - moment, 99.9, 30)[:2])
        if moment > 3 * DAY:
            break


def test_budget_left_falls_below_nothing() -> None:
    assert budget_left(steady(30, 1_000, 0), NOW, 99.9, 30) == 1
    assert budget_left(steady(30, 1_000, 1), NOW, 99.9, 30) == pytest.approx(0, abs=0.001)
    assert budget_left(steady(30, 1_000, 3), NOW, 99.9, 30) == pytest.approx(-2, abs=0.001)
    assert budget_left([], NOW, 99.9, 30) is None
    # Three days of the same burn: a tenth of the period, so a tenth of the budget.
    assert budget_left(steady(3, 1_000, 1), NOW, 99.9, 30) == pytest.approx(0.9, abs=0.001)


def counts(host: str = "web-1", start: int = MIDNIGHT - 3_600, role: str = "api", slots: int = 12) -> Counts:
    """Return counts where each slot has 100 requests: 3 slow, 2 failed, 1 that the client ended."""
    found = Counts([Header(host, role, "access.log", environment="production")])
    for number in range(slots):
        slot = found.slot(start + number * 300)
        slot.cell("POST /orders", "2xx").times.update({100: 90, 500: 4, 700: 3})
        slot.cell("POST /orders", "5xx").times[10] = 1
        slot.cell("POST /orders", "5xx").untimed = 1
        slot.cell("POST /orders", "cut").times[400] = 1
        slot.cell("GET /", "2xx").times[900] = 50
    return found


@pytest.mark.parametrize(
    ("endpoints", "expected"),
    [(("POST /orders",), (100, 5)), (("POST *",), (100, 5)), ((), (150, 55)), (("DELETE /",), (0, 0))],
)
def test_slow_and_failed_requests_are_bad(endpoints: tuple[str, ...], expected: tuple[int, int]) -> None:
    (slot, *_) = counts().slots.values()
    found = tally(slot, 300, endpoints, 500)
    assert (found.requests, found.bad) == expected


class At(CountsFiles):
    """Real files, at a fixed time."""

    def now(self) -> float:
        return NOW


def test_files_of_several_machines_are_added(tmp_path: Path) -> None:
    for host in ("web-1", "web-2"):
        (tmp_path / host).mkdir()
        counts_file.write(str(tmp_path / host / "a.counts.gz"), counts(host))
    counts_file.write(str(tmp_path / "other.counts.gz"), counts("web-3", role="web"))
    words = f"{WORDS} --counts {tmp_path} --role api --endpoint"
    outcome = run(Slo, [*words.split(), "POST /orders"], At(), FakeStateFile())
    values = {reading.label: reading.value for reading in outcome.readings}
    assert (values["requests"], values["bad"], outcome.state) == (2_400, 120, "CRITICAL")


def test_only_changed_files_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = tmp_path / "old.counts.gz", tmp_path / "new.counts.gz"
    counts_file.write(str(old), counts(start=MIDNIGHT - 10 * DAY))
    counts_file.write(str(new), counts())
    read: list[str] = []
    real = counts_file.read

    def noted(path: str) -> Counts:
        read.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(counts_file, "read", noted)
    memory = FakeStateFile()
    words = f"{WORDS} --counts {tmp_path}"
    first = run(Slo, words, At(), memory)
    counts_file.write(str(new), counts(slots=11))
    second = run(Slo, words, At(), memory)
    assert read == ["new.counts.gz", "old.counts.gz", "new.counts.gz"]
    assert len(memory.remembered[""][str(old)]["rows"]) == 1
    assert [one.readings[5].value for one in (first, second)] == [1_800, 1_650]


def test_half_copied_file_keeps_what_was_known(tmp_path: Path) -> None:
    file = tmp_path / "new.counts.gz"
    counts_file.write(str(file), counts())
    memory = FakeStateFile()
    words = f"{WORDS} --counts {tmp_path}"
    first = run(Slo, words, At(), memory)
    file.write_bytes(file.read_bytes()[:-30])
    assert run(Slo, words, At(), memory).readings[5].value == first.readings[5].value
    outcome = run(Slo, words, At(), FakeStateFile())
    assert outcome.state == "UNKNOWN"
    assert "new.counts.gz ends early" in outcome.summary


def test_damaged_file_is_a_warning_that_names_it(tmp_path: Path) -> None:
    counts_file.write(str(tmp_path / "web-1.counts.gz"), counts())
    counts_file.write(str(tmp_path / "web-2.counts.gz"), counts("web-2", start=MIDNIGHT - DAY))
    good = run(Slo, f"{WORDS} --counts {tmp_path} --percent 98", At(), FakeStateFile())
    (tmp_path / "web-2.counts.gz").write_bytes(b"\x1f\x8bno")
    outcome = run(Slo, f"{WORDS} --counts {tmp_path} --percent 98", At(), FakeStateFile())
    assert [one.value for one in outcome.readings[4:6]] == [one.value for one in good.readings[4:6]]
    assert outcome.readings[-1].value == 1
    assert outcome.readings[-1].state == "WARNING"
    quiet = run(Slo, [*f"{WORDS} --counts {tmp_path} --endpoint".split(), "HEAD /"], At(), FakeStateFile())
    assert quiet.state == "WARNING"
    assert "Unreadable counts files 1 (above 0; " in quiet.summary
    assert "web-2.counts.gz is not gzip, or is damaged" in quiet.summary


@pytest.mark.parametrize("place", ["gone", "empty"])
def test_folder_without_counts_is_unknown(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotTell, match=r"No such file or directory|has no counts files"):
        CountsFiles().tallies(str(tmp_path / place), Objective((), 500), 0)


def test_declaration_takes_name_and_endpoints_first() -> None:
    found = Slo("checkout", "POST /orders/{id}", percent=99.9, under="500ms", days=30)
    assert (found.objective, found.endpoint, found.under) == ("checkout", ("POST /orders/{id}",), 0.5)
    assert found.arguments() == [
        "--objective", "checkout", "--endpoint", "POST /orders/{id}", "--percent", "99.9", "--under", "0.5",
    ]  # fmt: skip


FLEET = """
from checks.slo.slo import Slo
from checkwright.registry.model import Environment, Host, Role, Site, Team, Watch

team = Team("api", email="api@example.com", page="pager")
api = Role(
    "api",
    owner=team,
    runbook="https://runbooks.example.com/api/",
    watches=(Watch(Slo("orders", "POST /orders/{id}", percent=PERCENT, under="500ms")),),
)
production = Environment("production", site=Site(), hosts=(Host("web-1", "10.0.0.1", roles=(api,)),))
"""


NEVER = "90 % over 30 days could never alert"


@pytest.mark.parametrize(("percent", "code", "sentence"), [("99.9", 0, ""), ("90", 1, NEVER)])
def test_registry_refuses_an_objective_that_can_never_alert(
    percent: str, code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / f"fleet{code}"
    (folder / "fleet").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "fleet/api.py").write_text(FLEET.replace("PERCENT", percent))
    assert cli_run(["--project", str(folder), "plan", "production"]) == code
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert ('"POST /orders/{id}"' in printed.out) == (code == 0)


SAMPLE = Sample(f"{WORDS} --counts /gone/from/here", state="UNKNOWN", has_metrics=False)
