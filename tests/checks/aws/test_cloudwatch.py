"""cloudwatch: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.cloudwatch import Cloudwatch
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def listed(*dims: dict[str, str]) -> dict[str, Any]:
    return {
        "Metrics": [
            {
                "Namespace": "Shop",
                "MetricName": "Orders",
                "Dimensions": [{"Name": name, "Value": value} for name, value in one.items()],
            }
            for one in dims
        ]
    }


VALUES: dict[tuple[str, ...], Any] = {
    ("Orders", "Sum"): [420, 390],
    ("Failed", "Sum"): None,
    ("Latency", "p99"): [870],
    ("Latency", "SampleCount"): [5_000],
    ("Wait", "Maximum", "mail"): [40],
    ("Wait", "Maximum", "pdf"): [900],
    ("Wait", "Maximum", "old"): None,
    ("failed / orders * 100",): [2.5],
}
NONE: dict[str, Any] = {"Metrics": []}
QUEUES = listed({"Queue": "pdf"}, {"Queue": "mail"}, {"Queue": "old"}, {"Queue": "mail", "Stage": "test"})


def world(known: Any = None, **changed: Any) -> FakeAws:
    values = dict(VALUES)
    values.update({(name, "Sum"): found for name, found in changed.items()})
    return FakeAws(answers={"cloudwatch:ListMetrics": NONE if known is None else known}, metrics=values)


ORDERS = "--series orders=Shop:Orders:Sum"
FAILED = "--series 'failed=Shop:Failed{Stage=prod}:Sum'"
P99 = "--series 'p99=Shop:Latency{Stage=prod}:p99:s' --scale p99=0.001"
SHARE = f"{ORDERS} --series failed=Shop:Failed:Sum --expression 'share=failed / orders * 100:%'"
WAIT = "--series wait=Shop:Wait:Maximum:s --per Queue"
PROD = listed({"Stage": "prod"})
FEW = FakeAws(answers={}, metrics={**VALUES, ("Latency", "SampleCount"): [300]})
NO_SHARE = FakeAws(answers={"cloudwatch:ListMetrics": NONE}, metrics={**VALUES, ("failed / orders * 100",): None})
IDLE_SHARE = FakeAws(
    answers={"cloudwatch:ListMetrics": listed({})}, metrics={**VALUES, ("failed / orders * 100",): None}
)
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), ORDERS, "OK"),
    "too few": (world(), f"{ORDERS} --value-warning orders=500:", "WARNING"),
    "far too few": (world(), f"{ORDERS} --value-critical orders=500:", "CRITICAL"),
    "two values": (world(), f"{ORDERS} {P99} --value-warning p99=0.5", "WARNING"),
    "milliseconds as seconds": (world(), P99, "OK"),
    "a percentile of few samples": (FEW, f"{P99} --value-critical p99=0.1", "OK"),
    "few samples are accepted": (FEW, f"{P99} --min-samples 100 --value-critical p99=0.1", "CRITICAL"),
    "silent, and nothing has its dimensions": (world(), FAILED, "UNKNOWN"),
    "silent, and other metrics have its dimensions": (world(PROD), FAILED, "UNKNOWN"),
    "silent is ok": (world(PROD), f"{FAILED} --missing ok", "OK"),
    "silent is zero": (world(PROD), f"{FAILED} --missing zero --value-critical failed=0", "OK"),
    "silent is ok, but nothing has its dimensions": (world(), f"{FAILED} --missing ok", "UNKNOWN"),
    "silent is zero, but the dimensions are a part": (
        world(listed({"Stage": "prod", "Host": "a"}, {"Stage": "prod", "Host": "b"})),
        f"{FAILED} --missing zero",
        "UNKNOWN",
    ),
    "for each queue": (world(QUEUES), f"{WAIT} --missing ok --value-warning wait=600", "WARNING"),
    "for each queue, and one is silent": (
        FakeAws(answers={"cloudwatch:ListMetrics": [QUEUES, listed({"Queue": "old"})]}, metrics=VALUES),
        WAIT,
        "UNKNOWN",
    ),
    "for no queue": (world(), f"{WAIT} --region eu-west-1", "UNKNOWN"),
    "for too many queues": (world(QUEUES), f"{WAIT} --most 2", "UNKNOWN"),
    "computed": (world(), f"{SHARE} --value-warning share=2", "WARNING"),
    "computed, and nothing has its dimensions": (NO_SHARE, f"{SHARE} --missing ok", "UNKNOWN"),
    "computed, and idle": (IDLE_SHARE, f"{SHARE} --missing ok", "OK"),
    "a longer period": (world(), f"{ORDERS} --period 1h --look-back 1d --settle 0", "OK"),
    "old data": (world(), f"{ORDERS} --value-warning data_age=60", "WARNING"),
    "no permission": (world(Orders=CannotTell("AWS refused cloudwatch:GetMetricData")), ORDERS, "UNKNOWN"),
    "silent, and no permission to look": (
        world(CannotTell("AWS refused cloudwatch:ListMetrics")),
        f"{FAILED} {ORDERS}",
        "UNKNOWN",
    ),
    "no series": (world(), "", "UNKNOWN"),
    "no form": (world(), "--series orders", "UNKNOWN"),
    "half a form": (world(), "--series orders=Shop:Orders", "UNKNOWN"),
    "no statistic": (world(), "--series orders=Shop:Orders:Median", "UNKNOWN"),
    "no unit": (world(), "--series orders=Shop:Orders:Sum:ms", "UNKNOWN"),
    "no dimension": (world(), "--series 'orders=Shop:Orders{prod}:Sum'", "UNKNOWN"),
    "no name": (world(), "--series Orders=Shop:Orders:Sum", "UNKNOWN"),
    "a name twice": (world(), f"{ORDERS} {ORDERS}", "UNKNOWN"),
    "a limit of another name": (world(), f"{ORDERS} --value-warning order=5", "UNKNOWN"),
    "a limit of an operand": (world(), f"{SHARE} --value-warning orders=5", "UNKNOWN"),
    "no range": (world(), f"{ORDERS} --value-warning orders=few", "UNKNOWN"),
    "no factor": (world(), f"{ORDERS} --scale orders=many", "UNKNOWN"),
    "a factor of nothing": (world(), f"{ORDERS} --scale orders=0", "UNKNOWN"),
    "a period of half minutes": (world(), f"{ORDERS} --period 90s", "UNKNOWN"),
    "too short a look": (world(), f"{ORDERS} --look-back 5m", "UNKNOWN"),
    "no samples needed": (world(), f"{ORDERS} --min-samples 0", "UNKNOWN"),
    "computed for each queue": (world(), f"{SHARE} --per Queue", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_cloudwatch(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Cloudwatch, command_line, aws)
    assert outcome.state == state
    golden(outcome)


SPECS: dict[str, tuple[str, str, dict[str, str], str, str]] = {
    "x=AWS/SES:Send:Sum": ("AWS/SES", "Send", {}, "Sum", ""),
    "x=A:B{C=d,E=f}:p99.9:s": ("A", "B", {"C": "d", "E": "f"}, "p99.9", "s"),
    "x=A:B{C=d,e,F=a=b}:Average": ("A", "B", {"C": "d,e", "F": "a=b"}, "Average", ""),
    "x=A:B{C=d:e}:tm90": ("A", "B", {"C": "d:e"}, "tm90", ""),
    "x=A:B:PR(100:2000):%": ("A", "B", {}, "PR(100:2000)", "%"),
    "x=A:B:TM(10%:90%)": ("A", "B", {}, "TM(10%:90%)", ""),
    "x=A:B:IQM": ("A", "B", {}, "IQM", ""),
}


@pytest.mark.parametrize(("text", "parts"), SPECS.items(), ids=SPECS)
def test_series_is_read(text: str, parts: tuple[str, str, dict[str, str], str, str]) -> None:
    from checks.aws._metric_spec import parse_series

    found = parse_series(text)
    assert (found.namespace, found.metric, found.dims, found.stat, found.unit) == parts


@pytest.mark.parametrize(
    ("stat", "samples"), {"p99": 1_000, "p90": 100, "p50": 20, "p1": 1_000, "p100": 0, "tm90": 0, "Sum": 0}.items()
)
def test_percentile_needs_ten_samples_beyond_it(stat: str, samples: int) -> None:
    from checks.aws._metric_spec import parse_series

    assert parse_series(f"x=A:B:{stat}").samples_needed() == samples


def test_statistics_of_one_metric_are_declared_as_one() -> None:
    found = Cloudwatch(
        series=("a=Shop:Wait{Stage=prod}:p99", "b=Shop:Wait{Stage=prod}:Maximum", "c=Shop:Wait:Sum"), per="Queue"
    ).read_metrics()
    assert [(one.dims, one.stats) for one in found] == [
        ({"Stage": "prod", "Queue": "*"}, ("p99", "SampleCount", "Maximum")),
        ({"Queue": "*"}, ("Sum",)),
    ]


def test_expression_is_sent_with_its_operands_alone() -> None:
    aws = world()
    run(Cloudwatch, SHARE, aws)
    queries = aws.requests[0][1]["MetricDataQueries"]
    assert [(one["Id"], one.get("ReturnData", True)) for one in queries] == [
        ("orders", False),
        ("failed", False),
        ("share", True),
    ]
    assert queries[2]["Expression"] == "failed / orders * 100"


def test_program_reads_answers_of_the_service() -> None:
    start = datetime.now(UTC) - timedelta(minutes=12)
    result = {"Id": "share", "StatusCode": "Complete", "Timestamps": [start], "Values": [7.5]}
    words = [
        *("--series", "failed=Shop:Failed:Sum", "--series", "orders=Shop:Orders:Sum"),
        *("--expression", "share=100 * failed / orders:%", "--value-critical", "share=5"),
    ]
    with answering({"cloudwatch:GetMetricData": {"MetricDataResults": [result]}}) as server:
        done = run_program(server.address, "cloudwatch", *words)
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith("CLOUDWATCH CRITICAL: share 7.5 % (above 5 %) (1 ok) | share=7.5%;;5")


def test_program_reports_an_expression_that_cloudwatch_refuses() -> None:
    refusal = Refusal("ValidationError", "Error in expression 'share': Invalid syntax")
    with answering({"cloudwatch:GetMetricData": refusal}) as server:
        done = run_program(server.address, "cloudwatch", "-s", "a=Shop:A:Sum", "-e", "share=a +")
    assert done.returncode == 3
    assert "ValidationError: Error in expression 'share': Invalid syntax" in done.stdout


def put(address: str, metric: str, value: float, **dims: str) -> None:
    client("cloudwatch", address).put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": one} for name, one in dims.items()],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": value,
            }
        ],
    )


@pytest.mark.slow
def test_program_follows_the_metrics_of_moto() -> None:
    with moto() as address:
        put(address, "Wait", 40, Stage="prod", Queue="mail")
        put(address, "Wait", 900, Stage="prod", Queue="pdf")
        one = run_program(address, "cloudwatch", "-s", "wait=Shop:Wait{Stage=prod,Queue=mail}:Maximum:s")
        each = run_program(
            address, "cloudwatch", "-s", "wait=Shop:Wait{Stage=prod}:Maximum:s", "--per", "Queue", "-vv",
            "--value-critical", "wait=600",
        )  # fmt: skip
        silent = run_program(
            address, "cloudwatch", "-s", "lost=Shop:Lost{Queue=mail,Stage=prod}:Sum", "--missing", "zero"
        )
        wrong = run_program(
            address, "cloudwatch", "-s", "lost=Shop:Lost{Queue=mial,Stage=prod}:Sum", "--missing", "zero"
        )
        part = run_program(address, "cloudwatch", "-s", "lost=Shop:Lost{Queue=mail}:Sum", "--missing", "zero")
    assert one.stdout.startswith("CLOUDWATCH OK: wait 40 s"), one.stdout
    assert each.returncode == 2, each.stdout
    assert "CRITICAL: wait pdf 15 min (above 600 s)" in each.stdout
    assert "OK: wait mail 40 s" in each.stdout
    assert silent.stdout.startswith("CLOUDWATCH OK: lost 0")
    assert wrong.returncode == 3
    assert "CloudWatch knows no metric of Shop with Queue=mial and Stage=prod" in wrong.stdout
    assert "CloudWatch has such metrics by Queue, Stage only" in part.stdout


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        put(address, "Orders", 12)
        yield Sample("--series orders=Shop:Orders:Sum", env=environment(address))
