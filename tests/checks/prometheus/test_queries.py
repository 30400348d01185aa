"""Selectors, queries and quantiles of the check prometheus."""

import pytest

from checks.prometheus._queries import quantile_query, ratio_query, value_query
from checks.prometheus._selectors import parse
from checkwright.core.errors import BadUsage
from checkwright.sources.histograms import bound, quantile
from checkwright.sources.prometheus_text import Sample

SAMPLES = [
    Sample({"code": "200", "route": "/"}, 10),
    Sample({"code": "500", "route": "/"}, 2),
    Sample({"code": "503", "route": '/a"b}'}, 3),
    Sample({"code": "200"}, 4),
    Sample({"code": "200"}, float("nan")),
]
SELECTED = {
    "requests": 19,
    'requests{code="200"}': 14,
    'requests{code=~"5..",}': 5,
    'requests{code!~"5.."}': 14,
    'requests{code!="200",route="/"}': 2,
    'requests{code=~"5"}': 0,
    'requests{route=""}': 4,
    'requests{route="/a\\"b}"}': 3,
    "requests{}": 19,
}


@pytest.mark.parametrize(("text", "total"), SELECTED.items(), ids=SELECTED)
def test_selector_sums_fitting_samples(text: str, total: float) -> None:
    selector, rest = parse(f"{text}:rate")
    assert (selector.name, selector.text, rest) == ("requests", text, ":rate")
    assert sum(sample.value for sample in selector.select(SAMPLES)) == total


def test_name_with_colons_needs_braces() -> None:
    selector, rest = parse("job:errors:rate5m{}:s")
    assert (selector.name, rest) == ("job:errors:rate5m", ":s")


BAD = {
    "": "does not begin with the name of a metric",
    "5xx": "does not begin with the name of a metric",
    "a{b}": "write labels as NAME",
    'a{b="c': "has no closing quote",
    'a{b="c"d="e"}': "needs a comma or a closing brace",
    'a{b="c"': "needs a comma or a closing brace",
    'a{b=~"("}': "is no regular expression",
    "a{b=c}": "write labels as NAME",
}


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=map(repr, BAD))
def test_bad_selector_is_one_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


def test_queries() -> None:
    value = value_query("free", 'disk_free{disk="/"}:by=host:B')
    assert (value.kind, value.unit, value.by, value.metric) == ("value", "B", "host", "disk_free")
    rate = value_query("requests", "requests_total:rate")
    assert (rate.kind, rate.unit, rate.needs) == ("rate", "/s", [("requests_total", set())])
    ratio = ratio_query("errors", 'requests{code=~"5/."}/requests:by=route')
    assert (ratio.kind, ratio.unit, ratio.by) == ("ratio", "%", "route")
    assert ratio.needs == [("requests", {"code", "route"}), ("requests", {"route"})]
    for name in ("duration_seconds", "duration_seconds_bucket"):
        found = quantile_query("api", f"0.99:{name}:by=route")
        assert (found.kind, found.unit, found.part, found.metric) == ("quantile", "s", 0.99, "duration_seconds_bucket")


WRONG = {
    "a unit": (value_query, "disk_free:KB", "'KB' is not a unit"),
    "an empty word": (value_query, "disk_free:", "'' is not a unit"),
    "a label": (value_query, "disk_free:by=a-b", "'a-b' is not the name of a label"),
    "text behind it": (value_query, "disk_free{}x", "'x' behind the metric has no meaning"),
    "no whole": (ratio_query, "errors", "has no slash between two metrics"),
    "a unit of a ratio": (ratio_query, "errors/requests:s", "'s' is not by=LABEL"),
    "no quantile": (quantile_query, "duration", "has no quantile such as 0.99"),
    "a percentage": (quantile_query, "99:duration", "has no quantile such as 0.99"),
    "no metric": (quantile_query, "0.99:", "does not begin with the name of a metric"),
}


@pytest.mark.parametrize(("query", "text", "why"), WRONG.values(), ids=WRONG)
def test_wrong_query_is_one_sentence(query: object, text: str, why: str) -> None:
    assert callable(query)
    with pytest.raises(BadUsage, match=why):
        query("name", text)


INF = float("inf")
#: Quantile, cumulative counts by bound, and the result.
QUANTILES: list[tuple[float, dict[float, float], tuple[float | None, bool]]] = [
    (0.5, {0.1: 50, 1: 90, INF: 100}, (0.1, False)),
    (0.7, {0.1: 50, 1: 90, INF: 100}, (0.55, False)),
    (0.95, {0.1: 50, 1: 90, INF: 100}, (1, True)),
    (0.25, {0.1: 50, 1: 90, INF: 100}, (0.05, False)),
    (0.9, {0.1: 0, 1: 100, INF: 100}, (0.91, False)),
    (0.99, {0.1: 0, INF: 0}, (None, False)),
    (0.99, {INF: 20}, (None, False)),
    (0.5, {-1: 0, 1: 10, INF: 10}, (0, False)),
    (0.9, {0.1: 50, 0.5: 40, 1: 100, INF: 100}, (0.9, False)),
]


@pytest.mark.parametrize(("part", "buckets", "expected"), QUANTILES)
def test_quantile(part: float, buckets: dict[float, float], expected: tuple[float | None, bool]) -> None:
    value, above = quantile(part, buckets)
    assert above == expected[1]
    assert value == (None if expected[0] is None else pytest.approx(expected[0]))


def test_bounds() -> None:
    assert [bound(text) for text in ("0.5", "+Inf", "1e3", "nan", "x", "")] == [0.5, INF, 1_000, None, None, None]
