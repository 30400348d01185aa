"""Metrics in Prometheus's text format."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkwright.core.errors import CannotTell
from checkwright.sources.http import Reply
from checkwright.sources.prometheus_text import PrometheusText, _any_sample, _common_sample

TEXT = rb"""# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"} 3 1395066363000
http_requests_total{ method = "get" , code="200", } 10

  # a comment
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find \"FILE\"\n, {x}"} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
not_a_number NaN
job:rate:5m 1e-3
with_exemplar_bucket{le="0.1"} 8 # {trace_id="abc"} 0.05
bare_with_exemplar 9 # {trace_id="abc"} 0.05
broken{a="b} 1
broken_value x
"""


@pytest.fixture
def metrics() -> PrometheusText:
    return Reply(200, TEXT, url="http://shop.test/metrics").metrics()


def test_numbers(metrics: PrometheusText) -> None:
    assert metrics.number("http_requests_total", method="post", code="400") == 3
    assert metrics.number("http_requests_total", method="get") == 10
    assert metrics.number("metric_without_timestamp_and_labels") == 12.47
    assert metrics.number("job:rate:5m") == 0.001
    assert metrics.number("with_exemplar_bucket", le="0.1") == 8
    assert metrics.number("bare_with_exemplar") == 9
    assert metrics.number("not_a_number") is None
    assert metrics.number("something_weird") is None
    assert math.isinf(metrics.samples("something_weird")[0].value)


def test_labels_are_unescaped(metrics: PrometheusText) -> None:
    (sample,) = metrics.samples("msdos_file_access_time_seconds")
    assert sample.labels == {"path": "C:\\DIR\\FILE.TXT", "error": 'Cannot find "FILE"\n, {x}'}
    assert sample.value == 1.458255915e9


def test_total_and_names(metrics: PrometheusText) -> None:
    assert metrics.total("http_requests_total") == 1040
    assert metrics.total("http_requests_total", code="200") == 1037
    assert metrics.total("not_a_number") is None
    assert metrics.names()[:2] == ["http_requests_total", "msdos_file_access_time_seconds"]


def test_missing_and_ambiguous_samples_are_unknown(metrics: PrometheusText) -> None:
    assert metrics.number("nothing", missing=None) is None
    assert metrics.number("http_requests_total", missing=0, code="500") == 0
    calls: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: metrics.number("nothing"), "no samples of nothing, one is needed"),
        (lambda: metrics.number("http_requests_total", code="200"), '2 samples of http_requests_total{code="200"}'),
        (lambda: metrics.total("nothing"), "no samples of nothing"),
        (lambda: metrics.number("broken"), "is no sample of Prometheus"),
        (lambda: metrics.number("broken_value"), "'broken_value x' is no sample of Prometheus"),
    )
    for call, why in calls:
        with pytest.raises(CannotTell) as caught:
            call()
        assert str(caught.value).startswith("http://shop.test/metrics: ")
        assert why in str(caught.value)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the answer has no metrics"),
        (b"# EOF\n", "the answer has no metrics"),
        (b"<html>\n", "no text of Prometheus, it has '<html>'"),
        (b'{"a": 1}', "no text of Prometheus"),
    ],
)
def test_other_formats_are_unknown(body: bytes, why: str) -> None:
    with pytest.raises(CannotTell) as caught:
        PrometheusText.parse(body, "x")
    assert why in str(caught.value)


_LABEL = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@given(st.dictionaries(_LABEL, st.text(), max_size=4), st.floats(allow_nan=False), st.sampled_from(["", " 139506"]))
def test_any_labels_and_values_are_read_as_they_were_written(
    labels: dict[str, str], value: float, timestamp: str
) -> None:
    escaped = {
        name: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, text in labels.items()
    }
    inside = ",".join(f'{name}="{text}"' for name, text in escaped.items())
    body = f"requests{{{inside}}} {value!r}{timestamp}\n".encode("utf-8", "surrogatepass")
    if b"\xed" in body or any("\r" in text for text in labels.values()):
        return
    (sample,) = PrometheusText.parse(body, "x").samples("requests")
    assert (sample.labels, sample.value) == (labels, value)


@given(st.text(alphabet='ab"=,{} #\\1', max_size=30).map(lambda text: 'm{a="b"' + text))
def test_the_short_way_reads_a_line_as_the_long_way_does(line: str) -> None:
    short = _common_sample(line)
    if short is not None:
        long = _any_sample(line)
        assert (short.labels, short.value) == (long.labels, long.value)


def test_samples_of_a_metric_are_found_in_several_places_of_an_answer() -> None:
    text = 'up{a="1"} 1\nup{a="2"} 2\n# HELP down x\n# TYPE down gauge\ndown 3\n\n  up{a="3"} 3\r\nupper 4\nup 5'
    metrics = PrometheusText.parse(text.encode(), "GET http://a.test")
    assert metrics.names() == ["up", "down", "upper"]
    assert metrics.count("up") == 4
    assert [one.value for one in metrics.samples("up")] == [1, 2, 3, 5]
    assert metrics.number("upper") == 4


def test_first_line_of_another_format_is_shown() -> None:
    with pytest.raises(CannotTell, match=r"it has '²up 1'$"):
        PrometheusText.parse("up 1\n²up 1\n²up 2\n".encode(), "GET http://a.test")
