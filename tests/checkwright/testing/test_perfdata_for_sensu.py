"""Sensu's agent reads every metric of a check, for any label, unit, range or text."""

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checkwright import Check, Metrics, gauge
from checkwright.core.gauges import UNITS
from checkwright.core.run import run
from checkwright.core.world import World
from checkwright.testing.sensu_metrics import perfdata_points

#: Any name of a filesystem, server or queue, including half a surrogate pair.
ITEMS = st.text(max_size=12) | st.sampled_from(
    ("/var", "a b", "a|b", "x=1", "'quoted'", 'say "x"', "a;b", "\n", "U", "1e3", "ä", "| a=1", "\ud800", "C:\\", "")
)
VALUES = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from((1e-300, 5e-324, 1.7e308, -0.0, 0.1 + 0.2, None)),
)
RANGES = st.sampled_from(("", "10", "~:5", "@1:2", "-5:", "1000", "0.000001:10000"))


@settings(max_examples=150, deadline=None)
@given(
    measured=st.lists(st.tuples(ITEMS, VALUES), max_size=5, unique_by=lambda pair: pair[0]),
    unit=st.sampled_from(sorted(UNITS)),
    warn=RANGES,
    crit=RANGES,
    verbose=st.integers(0, 3),
    label=ITEMS,
)
def test_every_value_is_read_unchanged(
    measured: list[tuple[str, float | None]], unit: Any, warn: str, crit: str, verbose: int, label: str
) -> None:
    class Probe(Check):
        used = gauge(f"Used {label}".strip(), unit)

        def probe(self) -> Metrics:
            for item, value in measured:
                yield self.used(value, of=item)

    words = [*(("-w", warn) if warn else ()), *(("-c", crit) if crit else ())]
    outcome = run(Probe, words, World(sealed=True))
    points = perfdata_points(outcome.text(verbose), 0)
    numbers = [reading for reading in outcome.readings if reading.value is not None]
    assert [point.name for point in points] == [reading.label for reading in numbers]
    # Performance data has nine decimals.
    for point, reading in zip(points, numbers, strict=True):
        assert reading.value is not None
        assert math.isclose(point.value, reading.value, rel_tol=1e-9, abs_tol=1e-9)
    finite = [value for _, value in measured if value is not None and math.isfinite(value)]
    assert len(numbers) == len(finite)
