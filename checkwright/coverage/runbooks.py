"""Runbooks of watches: the URLs, and the answers of their servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from checkwright.core.errors import CheckError
from checkwright.coverage.coverage_model import Item, Severity
from checkwright.registry.plan import Plan

#: Requests at a time. Each has the 10 s of a run.
_AT_ONCE = 10
_LOGIN = (401, 403, 407)
_GONE = (404, 410)
_BYTES = 1_000_000

#: Asks a URL. Returns the status and the URL after redirects. Raises CheckError.
Ask = Callable[[str], tuple[int, str]]


def runbook_items(plans: Iterable[Plan], ask: Ask) -> tuple[Item, ...]:
    """Ask for the runbook of each watch, each URL once, and return those that do not answer.

    A runbook that is gone, and a server that refuses the connection, are findings. A page behind a login cannot be
    judged.
    """
    users = runbook_users(plans)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda url: _judged(url, ask), users))
    found = [
        Item("", f"{url}: {text} (runbook of {_some(names)})", severity)
        for (url, names), (severity, text) in zip(users.items(), answers, strict=True)
        if text
    ]
    order: dict[Severity, int] = {"finding": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda item: (order[item.severity], item.text)))


def runbook_users(plans: Iterable[Plan]) -> Mapping[str, tuple[str, ...]]:
    """Return the watches that name each runbook, by its URL."""
    users: dict[str, dict[str, None]] = {}
    for plan in plans:
        for entry in plan.entries:
            if entry.runbook:
                users.setdefault(entry.runbook, {})[entry.id] = None
    return {url: tuple(users[url]) for url in sorted(users)}


def ask_by_http(url: str) -> tuple[int, str]:
    """Send a GET request, follow redirects, and return the status and the last URL. Raises CheckError."""
    from checkwright.sources.http import Http

    reply = Http.open().request("GET", url, proxy_from_env=True, max_size=_BYTES)
    return reply.status, reply.url or url


def _judged(url: str, ask: Ask) -> tuple[Severity, str]:
    """Return severity and text of an answer, the text "" for a page."""
    try:
        status, last = ask(url)
    except CheckError as error:
        text = str(error).removeprefix(f"GET {url}: ")
        return ("finding" if "refused" in text else "warning"), text
    if status in _LOGIN:
        return "note", f"status {status}: behind a login, cannot be judged"
    if status in _GONE:
        return "finding", f"status {status}"
    if status >= 400:
        return "warning", f"status {status}"
    if urlsplit(last).hostname != urlsplit(url).hostname:
        return "note", f"redirected to {urlsplit(last).hostname}: moved or behind a login, cannot be judged"
    return "note", ""


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
