"""Error budgets: how fast requests that are too slow, or fail, use up what an objective permits.

An objective of 99.9 % permits 0.1 % of the requests of its period to be bad: that is the budget. A window burns the
share of the budget that its bad requests would use up if the whole period had the window's requests per second.
"""

from fnmatch import fnmatchcase

from checkwright.latency import quantiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from checkwright.latency.counts import Slot

DAY = 86_400
#: Windows that are judged together: long, short (seconds), and the share of the budget that a long one may burn.
WINDOWS = ((3_600, 300, 0.02), (21_600, 1_800, 0.05), (259_200, 21_600, 0.10))
#: Fewest bad requests in the long and in the short window: one slow request of a quiet service is no trend.
FEWEST = (5, 2)


class Tally:
    """Requests from a moment on, for some seconds, and the bad ones among them."""

    __slots__ = ("bad", "requests", "seconds", "start")

    def __init__(self, start: int, seconds: int, requests: int, bad: int) -> None:
        self.start = start
        self.seconds = seconds
        self.requests = requests
        self.bad = bad


class Burn:
    """Burned share of the budget, 0 to 1 and above, in a long and a short window.

    long: over the long window. both: the lower of both windows' pace, over the length of the long one. An alert needs
    both, so that it ends soon after the trouble does. bad: requests in the long window. judged: there were enough bad
    requests for a judgement.
    """

    __slots__ = ("bad", "both", "judged", "long")

    def __init__(self, long: float, both: float, bad: int, judged: bool) -> None:
        self.long = long
        self.both = both
        self.bad = bad
        self.judged = judged


def tally(slot: "Slot", step: int, endpoints: "Sequence[str]", under: float) -> Tally:
    """Return the requests of a slot, bad ones included: slower than `under` ms, or failed with 5xx.

    endpoints: names, or shell patterns; empty for all. A request that the client ended earlier is not bad.
    """
    requests = bad = 0
    for (name, kind), cell in slot.cells.items():
        if endpoints and not any(name == one or fnmatchcase(name, one) for one in endpoints):
            continue
        requests += cell.requests
        bad += cell.requests if kind == "5xx" else quantiles.slower(cell.times, under)
    return Tally(slot.start, step, requests, bad)


def total(tallies: "Iterable[Tally]", start: float, end: float) -> tuple[int, int]:
    """Return all and bad requests of the tallies that begin at or after `start` and before `end`."""
    requests = bad = 0
    for one in tallies:
        if start <= one.start < end:
            requests += one.requests
            bad += one.bad
    return requests, bad


def burns(tallies: "Sequence[Tally]", now: float, percent: float, days: float) -> list[Burn]:
    """Return what each of WINDOWS has burned, as a share of the whole budget.

    A window reaches back to the slot that was complete at its start, so it is up to five minutes longer. Where the
    tallies are younger than a window, it burns for as long as they do.
    """
    permitted = 1 - percent / 100
    known = max(300.0, now - min((one.start for one in tallies), default=now))
    found = []
    for long, short, _ in WINDOWS:
        length = min(long, known)
        windows = [total(tallies, now - window - 300, now + DAY) for window in (long, short)]
        shares = [bad / requests / permitted * length / (days * DAY) if requests else 0.0 for requests, bad in windows]
        enough = all(bad >= fewest for (_, bad), fewest in zip(windows, FEWEST, strict=True))
        found.append(Burn(shares[0], min(shares), windows[0][1], enough))
    return found


def budget_left(tallies: "Sequence[Tally]", now: float, percent: float, days: float) -> float | None:
    """Return the share of the budget that is left, negative where it is overspent; None without requests.

    Where the tallies hold only a part of the period, the budget is that of the whole period at the same traffic.
    """
    start = now - days * DAY
    requests, bad = total(tallies, start, now + DAY)
    if not requests:
        return None
    first = min(one.start for one in tallies if one.start >= start)
    whole = requests * max(1.0, days * DAY / max(1.0, now - first))
    return 1 - bad / whole / (1 - percent / 100)


def impossible(percent: float, days: float) -> str:
    """Return why the fastest window could never burn its share with this objective, "" if it can.

    Even if every request fails, a window burns no more than its length of 100 % bad requests.
    """
    long, _, share = WINDOWS[0]
    most = long / (days * DAY) / (1 - percent / 100)
    if most > share:
        return ""
    least = 100 * (1 - long / (days * DAY) / share)
    return (
        f"{percent:g} % over {days:g} days could never alert: an hour with only failures burns {100 * most:.2g} % of "
        f"such a budget, and an alert needs more than {100 * share:g} %. Use more than {least:.1f} %, or fewer days"
    )
