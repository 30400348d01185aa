"""Values of CloudWatch, from moto's server."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkwright.cli.main import run
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.history.cloudwatch_history import Metric, parse, read
from checkwright.latency import counts_file
from checkwright.latency.counts import Counts, Header
from tests.support.aws import REGION, client, give_credentials, moto

METRIC = "db=AWS/RDS:CPUUtilization:DBInstanceIdentifier=shop"
FULL = "connections=AWS/RDS:DatabaseConnections:DBInstanceIdentifier=shop,Role=writer:400"
START = int(time.time()) // 300 * 300 - 48 * 300


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of a CloudWatch on this machine, which botocore uses."""
    give_credentials(monkeypatch)
    with moto() as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        yield client("cloudwatch", address)


def put(cloudwatch: Any, name: str, value: float, moment: int, **dimensions: str) -> None:
    about = [{"Name": key, "Value": text} for key, text in dimensions.items()]
    data = {"MetricName": name, "Value": value, "Timestamp": datetime.fromtimestamp(moment, UTC), "Dimensions": about}
    cloudwatch.put_metric_data(Namespace="AWS/RDS", MetricData=[data])


def load(number: int) -> int:
    return 300 * (1 + number)


@pytest.mark.slow
def test_report_names_a_resource_of_aws(cloudwatch: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts([Header("web-1", "api", "access.log", environment="production")])
    for number in range(48):
        moment = START + number * 300
        counts.slot(moment).cell("GET /", "2xx").times[20] = load(number)
        put(cloudwatch, "CPUUtilization", 10 + number, moment + 60, DBInstanceIdentifier="shop")
        put(
            cloudwatch, "DatabaseConnections", 100 + 5 * number, moment + 60, DBInstanceIdentifier="shop", Role="writer"
        )
    file = tmp_path / "web-1.counts.gz"
    counts_file.write(str(file), counts)
    assert run(["latency", "report", str(file), "--cloudwatch", METRIC, "--cloudwatch", FULL, "--json"]) == 0
    (scope,) = json.loads(capsys.readouterr().out)["scopes"]
    first, second = scope["saturation"]
    assert (first["resource"], first["limit"], first["host"], first["source"]) == (
        "connections",
        400,
        "shop",
        "CloudWatch",
    )
    assert (second["resource"], second["limit"], second["fit"]) == ("db", 100, 1)
    assert first["times"] < second["times"]


@pytest.mark.slow
def test_metric_without_values_gives_none(cloudwatch: Any) -> None:
    (found,) = read([parse(METRIC.replace("shop", "gone"))], START, START + 3_600)
    assert (found.points, found.unit, found.resolution) == ((), "%", 300)


def test_old_values_are_hours(cloudwatch: Any) -> None:
    (found,) = read([parse(FULL)], START - 100 * 86_400, START)
    assert (found.crit, found.unit, found.resolution) == ("400", "", 3_600)


def test_metric_is_parsed() -> None:
    assert parse(METRIC) == Metric("db", "AWS/RDS", "CPUUtilization", (("DBInstanceIdentifier", "shop"),))
    assert parse(FULL).dimensions == (("DBInstanceIdentifier", "shop"), ("Role", "writer"))


BAD = (
    "",
    "db",
    "db=AWS/RDS",
    "db=AWS/RDS:CPU",
    "db=AWS/RDS:CPU:x",
    "=AWS/RDS:CPU:a=b",
    "db=AWS/RDS:CPU:a=b:0",
    f"{METRIC}:x",
)


@pytest.mark.parametrize("text", BAD)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(BadUsage, match="--cloudwatch is NAME=NAMESPACE:METRIC:DIMENSION=VALUE"):
        parse(text)


def test_missing_region_and_nobody_who_answers_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    with pytest.raises(CannotDo, match="CloudWatch gives no values: You must specify a region"):
        read([parse(METRIC)], START, START + 3_600)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(CannotDo, match="CloudWatch gives no values: Could not connect"):
        read([parse(METRIC)], START, START + 3_600)
