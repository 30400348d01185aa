"""`checkctl backtest` on a project with two revisions, from each kind of recorded values."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header
from tests.support.aws import REGION, client, give_credentials, moto
from tests.support.pnp4nagios import write_service
from tests.support.prometheus_server import prometheus

FLEET = """
from checks.system.cpu import Cpu
from checks.system.disk import Disk
from checkwright.registry.model import Environment, Host, Role, Site, Team, Watch

team = Team("platform", email="platform@example.com", page="pager")
linux = Role(
    "linux",
    owner=team,
    runbook="https://runbooks.example.com/linux/",
    watches=(
        Watch(Cpu(), Cpu.busy.at(warn={warn}, crit={crit})),
        Watch(Disk(paths=("/",)), notify="ticket"),
    ),
)
production = Environment("production", site=Site(), hosts=(Host("web-1", "10.0.0.1", roles=(linux,)),))
"""


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in git. Its last commit has 80 and 90 % as thresholds of cpu, its work tree 97 and 99 %."""
    folder = tmp_path / "acme"
    (folder / "fleet").mkdir(parents=True)
    (folder / "__init__.py").touch()
    fleet = folder / "fleet/platform.py"
    fleet.write_text(FLEET.format(warn=80, crit=90))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    fleet.write_text(FLEET.format(warn=97, crit=99))
    return folder


def forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


def ctl(project: Path, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    forget()
    code = run(["--project", str(project), "backtest", *map(str, words)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


#: End of the values: the last full hour, since Prometheus and rrdtool count back from now.
NOW = int(time.time()) // 3_600 * 3_600
HOURS = 30


def busy(moment: int) -> float:
    """Return 95 for ten minutes of each sixth hour, otherwise 20."""
    return 95.0 if (NOW - moment) // 3_600 % 6 == 3 and moment % 3_600 < 600 else 20.0


def moments() -> range:
    return range(NOW - HOURS * 3_600, NOW, 60)


def results(path: Path) -> Path:
    lines = []
    for moment in moments():
        for watch, label, value in (("cpu", "busy", busy(moment)), ("disk", "space:/", 40.0)):
            one = {"label": label, "value": value, "unit": "%", "warn": "80", "crit": "90", "min": "", "max": ""}
            record = {
                "environment": "production",
                "role": "linux",
                "host": "web-1",
                "watch": watch,
                "check": watch,
                "started": moment,
                "values": [one],
            }
            lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")
    return path


def counts_of(alerts: str) -> int:
    """Return the number of alerts that a first line names."""
    return int(alerts.split(":")[-1].split()[0])


def test_results_before_and_after_a_change(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["production", "--results", results(tmp_path / "results.jsonl"), "--against", "HEAD"]
    code, out, err = ctl(project, capsys, *words)
    assert (code, err) == (0, "")
    first, _, head, row, *rest = out.splitlines()
    assert first.endswith("UTC: 0 alerts, 5 at HEAD")
    assert head.split() == ["WATCH", "HOSTS", "ALERTS", "NOTIFY", "LONGEST", "TOGETHER"]
    assert " ".join(row.split()) == "linux:cpu 1 5 -> 0 5 -> 0 8m -> 0s 40m -> 0s"
    assert any(line.startswith("platform: 5 -> 0 notifications, 5 -> 0 pages, ") for line in rest)


def test_json_names_each_alert(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["production", "cpu", "--results", results(tmp_path / "results.jsonl"), "--against", "HEAD", "--json"]
    found = json.loads(ctl(project, capsys, *words)[1])
    (watch,) = found["before"]["watches"]
    assert (watch["id"], len(watch["alerts"]), watch["alerts"][0]["worst"]) == ("linux:cpu", 5, "CRITICAL")
    assert found["now"]["watches"][0]["alerts"] == []


def test_since_shortens_the_history(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["production", "--results", results(tmp_path / "results.jsonl"), "--since", "8h", "--against", "HEAD"]
    out = ctl(project, capsys, *words)[1]
    assert ": 0 alerts, 1 at HEAD" in out or ": 0 alerts, 2 at HEAD" in out


def test_rrd_files_of_pnp4nagios(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(moment, (busy(moment), 3.0)) for moment in moments()]
    write_service(tmp_path / "pnp", "web-1", "cpu", ["busy", "steal"], rows, multiple=False)
    git(project, "checkout", "--quiet", "--", ".")
    code, out, _ = ctl(project, capsys, "production", "cpu", "--rrd", tmp_path / "pnp", "--since", "40h")
    assert code == 0
    assert counts_of(out.splitlines()[0]) == 5
    assert "Values: RRD files; the coarsest has one each 60s." in out
    assert "at least as many alerts" in out


@pytest.mark.daemon
def test_prometheus(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = [f'check_cpu_busy_percent{{host="web-1",watch="cpu"}} {busy(at)} {at}' for at in moments()]
    text = "\n".join(["# TYPE check_cpu_busy_percent gauge", *samples, "# EOF\n"])
    git(project, "checkout", "--quiet", "--", ".")
    with prometheus(tmp_path, text) as url:
        code, out, _ = ctl(project, capsys, "production", "cpu", "--prometheus", url, "--since", "40h")
    assert code == 0
    assert counts_of(out.splitlines()[0]) == 5
    assert "Values: Prometheus 127.0.0.1:" in out


METRIC = "web-1/cpu/busy=AWS/EC2:CPUUtilization:InstanceId=i-1"


@pytest.mark.slow
def test_metrics_of_cloudwatch(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "checkout", "--quiet", "--", ".")
    give_credentials(monkeypatch)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    about = {"MetricName": "CPUUtilization", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}
    data = [about | {"Value": busy(at), "Timestamp": datetime.fromtimestamp(at, UTC)} for at in moments()]
    with moto() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        cloudwatch = client("cloudwatch", address)
        for first in range(0, len(data), 500):
            cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=data[first : first + 500])
        code, out, err = ctl(project, capsys, "production", "cpu", "--cloudwatch", METRIC, "--since", "40h")
        old = ctl(project, capsys, "production", "cpu", "--cloudwatch", METRIC, "--since", "40d")[1]
        gone = METRIC.replace("i-1", "i-2")
        missing = ctl(project, capsys, "production", "cpu", "--cloudwatch", gone, "--since", "40h")
    assert (code, err) == (0, "")
    assert counts_of(out.splitlines()[0]) == 5
    assert "Values: CloudWatch; the coarsest has one each 60s." in out
    assert "at least as many alerts" in out
    assert "Values: CloudWatch; the coarsest has one each 5m." in old
    assert missing[:2] == (2, "") and "The sources have no values of cpu of production" in missing[2]


def test_counts_of_requests(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts([Header("web-1", "linux", "access.log", environment="production")])
    for moment in range(NOW // 300 * 300 - 36_000, NOW // 300 * 300, 300):
        counts.slot(moment).cell("GET /", "2xx").times.update({4_000 if busy(moment) > 90 else 20: 500})
    (tmp_path / "counts").mkdir()
    counts_file.write(str(tmp_path / "counts/web-1.counts.gz"), counts)
    code, out, err = ctl(project, capsys, "production", "--counts", tmp_path / "counts")
    assert (code, out) == (2, "")
    assert "have no values of any watch of production" in err  # no watch of api_latency


def test_recorded_p99_is_judged_without_its_bound(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output says so for results of the batch, and not for counts files, which hold the bound."""
    fleet = project / "fleet/platform.py"
    fleet.write_text(
        fleet.read_text()
        .replace("from checks.system.cpu", "from checks.latency.api_latency import ApiLatency\nfrom checks.system.cpu")
        .replace(
            "        Watch(Cpu()",
            '        Watch(ApiLatency(log="/l", format="httplog"), name="api"),\n        Watch(Cpu()',
        )
    )
    one = {"label": "p99:GET /", "unit": "s", "warn": "1", "crit": "3", "min": "0", "max": ""}
    about = {"environment": "production", "role": "linux", "host": "web-1", "watch": "api", "check": "api_latency"}
    records = [{**about, "started": moment, "values": [{**one, "value": busy(moment) / 20}]} for moment in moments()]
    file = tmp_path / "results.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    out = " ".join(ctl(project, capsys, "production", "api", "--results", file)[1].split())
    assert "5 alerts" in out
    assert "linux:api: the p99 is judged itself, and not its lower bound as the check does" in out
    counts = Counts([Header("web-1", "linux", "access.log", environment="production")])
    for moment in range(NOW // 300 * 300 - 36_000, NOW // 300 * 300, 300):
        counts.slot(moment).cell("GET /", "2xx").times.update({4_000 if busy(moment) > 90 else 20: 500})
    (tmp_path / "counts").mkdir()
    counts_file.write(str(tmp_path / "counts/web-1.counts.gz"), counts)
    out = ctl(project, capsys, "production", "api", "--counts", tmp_path / "counts")[1]
    assert "linux:api" in out
    assert "lower bound" not in out


REFUSED = {
    "no source": (["production"], "No values to replay: name a source"),
    "an unknown watch": (["production", "gone", "--results", "{file}"], "production has no watch 'gone'"),
    "an unknown environment": (["prod", "--results", "{file}"], "has no environment 'prod'"),
    "an unknown revision": (["production", "--results", "{file}", "--against", "nope"], "at nope"),
    "a duration without a number": (["production", "--results", "{file}", "--since", "week"], "--since: 'week' is"),
    "a time of nothing": (["production", "--results", "{file}", "--since", "0"], "--since is a duration above 0"),
    "a missing file": (["production", "--results", "/gone"], "Cannot read /gone: No such file or directory."),
    "a missing folder": (["production", "--rrd", "/gone"], "/gone is not a folder"),
    "no Prometheus": (["production", "--prometheus", "http://127.0.0.1:1"], "Prometheus 127.0.0.1:1 does not answer"),
    "a metric without a watch": (["production", "--cloudwatch", "cpu=A:B:c=d"], "--cloudwatch is HOST/WATCH/GAUGE="),
    "a metric without a dimension": (["production", "--cloudwatch", "a/b/c=A:B"], "--cloudwatch is HOST/WATCH/GAUGE="),
    "a metric with a limit": (["production", "--cloudwatch", f"{METRIC}:90"], "--cloudwatch is HOST/WATCH/GAUGE="),
    "a metric of another host": (
        ["production", "--cloudwatch", METRIC.replace("web-1", "web-9")],
        "--cloudwatch web-9/cpu/busy: production has no watch cpu on web-9.",
    ),
    "a metric of another gauge": (
        ["production", "--cloudwatch", METRIC.replace("busy", "hot")],
        "--cloudwatch web-1/cpu/hot: cpu has no threshold of that gauge; it has ",
    ),
    "a zone that is none": (["production", "--results", "{file}", "--zone", "Mars"], "there is no time zone 'Mars'"),
}


@pytest.mark.parametrize(("words", "sentence"), REFUSED.values(), ids=REFUSED)
def test_bad_input_gets_one_sentence(
    words: list[str], sentence: str, project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = results(tmp_path / "results.jsonl")
    code, out, err = ctl(project, capsys, *(word.format(file=file) for word in words))
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
