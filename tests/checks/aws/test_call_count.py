"""Requests to CloudWatch for many watches that start at different moments: how many, never how long."""

import pytest

from benchmarks.aws import SERIES, batch_rounds, cloudwatch, worker_rounds
from tests.support.installed import installed_venv

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

#: Most calls for 200 series whose starts are spread over 20 seconds, with the window of a second.
MOST = 20


def test_worker_reads_200_series_with_at_most_20_calls() -> None:
    with cloudwatch() as server:
        (found,) = worker_rounds(installed_venv(), server, 1)
    assert found.metrics == SERIES == 200
    assert found.calls <= MOST


def test_batch_reads_200_series_with_at_most_20_calls() -> None:
    with cloudwatch() as server:
        (found,) = batch_rounds(installed_venv(), server, 1)
    assert found.metrics >= SERIES
    assert found.calls <= MOST + found.metrics // SERIES


def test_worker_reads_all_that_start_at_once_with_few_calls() -> None:
    with cloudwatch() as server:
        (found,) = worker_rounds(installed_venv(), server, 1, spread=0.0)
    assert found.metrics == SERIES
    assert found.calls <= 5
