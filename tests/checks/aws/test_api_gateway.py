"""api_gateway: against a fake, and answers in AWS's protocol. moto has no percentiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.api_gateway import ApiGateway
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

STAGE = {"ApiName": "shop", "Stage": "prod"}
CALLS = ("GET /orders", "POST /orders", "GET /health", "OPTIONS /orders")


def metrics(*calls: str, base: dict[str, str] | None = None) -> dict[str, Any]:
    stage = STAGE if base is None else base
    found = [stage, *({**stage, "Method": one.split()[0], "Resource": one.split()[1]} for one in calls)]
    return {
        "Metrics": [
            {
                "Namespace": "AWS/ApiGateway",
                "MetricName": "Latency",
                "Dimensions": [{"Name": name, "Value": value} for name, value in dims.items()],
            }
            for dims in found
        ]
    }


NONE: dict[str, Any] = {"Metrics": []}


def latencies(p99: dict[str, float], samples: dict[str, float]) -> Any:
    """Return answers of GetMetricData by call, for a stage of 30,000 requests with 60 errors."""

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        period = parameters["MetricDataQueries"][0]["MetricStat"]["Period"]
        start = datetime.now(UTC) - timedelta(seconds=period + 120.5)  # half a second keeps the age from changing
        results = []
        for query in parameters["MetricDataQueries"]:
            metric, stat = query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]
            dims = {pair["Name"]: pair["Value"] for pair in metric["Dimensions"]}
            call = f"{dims['Method']} {dims['Resource']}" if "Method" in dims else ""
            count = samples.get(call, 4_000)
            values = {"p99": p99.get(call, 120.0), "p50": 40.0, "SampleCount": count, "Sum": 30_000.0}
            value = 60.0 if metric["MetricName"] in ("5XXError", "5xx") else values[stat]
            results.append({"Id": query["Id"], "Values": [value], "Timestamps": [start], "StatusCode": "Complete"})
        return {"MetricDataResults": results}

    return answer


def world(listed: Any = None, p99: dict[str, float] | None = None, **more: Any) -> FakeAws:
    answers = {
        "cloudwatch:ListMetrics": metrics(*CALLS) if listed is None else listed,
        "cloudwatch:GetMetricData": more.get("data") or latencies(p99 or {}, more.get("samples") or {}),
    }
    return FakeAws(answers=answers)


SILENT = FakeAws(
    answers={"cloudwatch:ListMetrics": [NONE, metrics(*CALLS)]},
    metrics={
        **{("Latency", stat): None for stat in ("p99", "p50", "SampleCount")},
        ("5XXError", "Sum"): None,
        ("Count", "Sum"): None,
    },
)
ERRORS = FakeAws(
    answers={"cloudwatch:ListMetrics": metrics()},
    metrics={
        **{("Latency", stat): [90] for stat in ("p99", "p50", "SampleCount")},
        ("5XXError", "Sum"): [900],
        ("Count", "Sum"): [12_000],
    },
)
HTTP = {"ApiId": "a1b2c3d4e5", "Stage": "$default"}
REFUSED = CannotTell("AWS refused cloudwatch:GetMetricData")
A = "--api shop"
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), A, "OK"),
    "one call is slow": (world(p99={"POST /orders": 1_600}), A, "WARNING"),
    "the slowest leads": (world(p99={"POST /orders": 1_600, "GET /orders": 4_200}), A, "CRITICAL"),
    "a limit for one call": (
        world(p99={"POST /orders": 1_600}),
        f"{A} --p99-warning 'POST /orders=2' --p99-critical 'POST /orders=5'",
        "OK",
    ),
    "a slow call with few requests": (
        world(p99={"POST /orders": 9_000}, samples={"POST /orders": 212}),
        A,
        "OK",
    ),
    "few requests are accepted": (
        world(p99={"POST /orders": 9_000}, samples={"POST /orders": 212}),
        f"{A} --min-samples 100",
        "CRITICAL",
    ),
    "a longer period": (world(), f"{A} --period 1h", "OK"),
    "the two slowest": (world(p99={"GET /health": 900}), f"{A} --top 2", "OK"),
    "a call is left out": (world(p99={"GET /health": 9_000}), f"{A} --exclude 'GET /health*'", "OK"),
    "without detailed metrics": (world(metrics()), A, "OK"),
    "without detailed metrics, and slow": (world(metrics(), p99={"": 1_400}), A, "WARNING"),
    "requests fail": (ERRORS, A, "CRITICAL"),
    "an HTTP API": (
        world(metrics("GET /orders", base=HTTP)),
        "--http-api a1b2c3d4e5 --stage '$default'",
        "OK",
    ),
    "no requests for hours": (SILENT, A, "OK"),
    "no metric at all": (world(NONE), f"{A} --region eu-west-1", "UNKNOWN"),
    "more calls than are paid for": (world(metrics(*(f"GET /{n}" for n in range(120)))), A, "UNKNOWN"),
    "no permission": (world(CannotTell("AWS refused cloudwatch:ListMetrics")), A, "UNKNOWN"),
    "no permission for the data": (world(data=REFUSED), A, "UNKNOWN"),
    "no API": (world(), "", "UNKNOWN"),
    "two APIs": (world(), f"{A} --http-api a1b2c3d4e5", "UNKNOWN"),
    "an empty stage": (world(), f"{A} --stage ''", "UNKNOWN"),
    "half a minute": (world(), f"{A} --period 30s", "UNKNOWN"),
    "no calls in the data": (world(), f"{A} --top 0", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_api_gateway(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(ApiGateway, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_request_reads_what_the_check_declares() -> None:
    aws = world()
    run(ApiGateway, f"{A} --period 15m", aws)
    declared = {
        (one.metric, frozenset(one.dims), stat, one.period)
        for one in ApiGateway(api="shop", period=900.0).read_metrics()
        for stat in one.stats
    }
    queries = [query["MetricStat"] for query in aws.requests[1][1]["MetricDataQueries"]]
    read = {
        (
            one["Metric"]["MetricName"],
            frozenset(pair["Name"] for pair in one["Metric"]["Dimensions"]),
            one["Stat"],
            one["Period"],
        )
        for one in queries
    }
    assert read <= declared
    assert len(queries) == 3 * 3 + 2


def test_preflight_requests_are_no_calls() -> None:
    outcome = run(ApiGateway, A, world())
    assert "OPTIONS" not in outcome.text(3)


def answers(p99: float) -> dict[str, Any]:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    values = (20.0, 30_000.0, p99, 60.0, 8_000.0, 90.0, 30.0, 20_000.0)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate(values)
    ]
    return {
        "cloudwatch:ListMetrics": metrics("GET /orders", "POST /orders"),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }


def test_program_reads_answers_of_the_service() -> None:
    with answering(answers(3_400.0)) as server:
        done = run_program(server.address, "api_gateway", "--api", "shop", "-vv")
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith("API_GATEWAY CRITICAL: Latency p99 of GET /orders 3.4 s (above 3 s; 8,000 requests)")
    assert "OK: Latency p99 of POST /orders 90 ms (20,000 requests)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"cloudwatch:ListMetrics": Refusal("AccessDenied", "not authorized")}) as server:
        done = run_program(server.address, "api_gateway", "--api", "shop")
    assert done.returncode == 3
    assert done.stdout.startswith(
        "API_GATEWAY UNKNOWN: AWS refused cloudwatch:ListMetrics on the stage prod of the API"
    )


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with answering(answers(300.0)) as server:
        yield Sample("--api shop", env=environment(server.address))
