"""Sheet of a server, as text for a terminal and as data: the same facts as on its page."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.catalogue.phrases import host_check_words, plural, summary_of, thresholds, verdict_words, words_of
from checkwright.catalogue.plan_index import PlanIndex, reasons
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Entry, Host, part_text


def lines(index: PlanIndex, host: Host) -> Iterator[str]:
    """Yield the lines about a host: what it does, what is unusual, and each watch with its thresholds."""
    plan = index.plan
    yield f"{host.name} in {plan.environment}: {', '.join(index.special_first(host.roles)) or 'no role'}"
    for name in index.special_first(host.roles):
        role = index.roles[name]
        about = [
            f"{role.summary}." if role.summary else "",
            f"Team {role.owner}.",
            f"Runbook: {role.runbook or 'none'}",
        ]
        yield f"  {name}: {' '.join(part for part in about if part)}"
    facts = [f"address {host.address}"] if host.address else []
    facts += [f"labels {' '.join(f'{key}={host.labels[key]}' for key in host.labels)}"] if host.labels else []
    facts += [f"through {', '.join(host.parents)}"] if host.parents else []
    facts += [f"checked by the pool {host.pool}"] if host.pool else []
    yield f"{', '.join((*facts, f'declared at {host.origin}'))}"
    if not host.virtual:
        yield f"up if {host_check_words(index.host_checks.get(host.check))}"
    entries = index.entries_of(host.name)
    pagers = index.night_pagers(entries)
    yield from (f"at night it rings {pager} for {', '.join(names)}" for pager, names in pagers.items())
    if entries and not pagers:
        yield "no watch here rings a pager at night"
    for window in index.windows_of(host.name):
        begin, end = window.begin.replace("T", " "), window.end.replace("T", " ")
        yield f"nobody is notified from {begin} to {end}: {window.why} ({window.origin})"
    for reason in reasons(entries):
        yield f"exception for {', '.join(reason.watches)}: {reason.why} ({_end(reason.until)}, {reason.place})"
    for off in index.off_of(host.name):
        yield f"{off.name} is switched off: {off.why} ({_end(off.until)}, {off.origin})"
    yield ""
    yield plural(len(entries), "watch", "watches") if entries else "nothing watches it"
    for role_name in index.special_first(host.roles):
        for entry in (one for one in entries if one.role == role_name):
            yield from _watch(index, entry)


def notified(index: PlanIndex, entry: Entry) -> str:
    """Return the people whom an entry notifies, as a clause: `notifies nobody`, `pages ops-pager at all hours`."""
    people = str(index.recipients.of(entry))
    return f"notifies {people}" if people == "nobody" else people


def alerts(index: PlanIndex, entry: Entry) -> list[str]:
    """Return what makes an entry alert: thresholds, words, and the default words of a check without thresholds."""
    found = [str(one) for one in thresholds(entry)]
    found += [words_of(meaning) for meaning in entry.meanings]
    found += map(part_text, entry.parts)
    check = index.checks.get(entry.check)
    if not found and check:
        found = [verdict_words(verdict) for verdict in check.verdicts]
    return found


def data(index: PlanIndex, host: Host) -> dict[str, object]:
    """Return the facts about a host as plain data."""
    entries = index.entries_of(host.name)
    return {
        "host": host.name,
        "environment": index.plan.environment,
        "address": host.address,
        "labels": dict(host.labels),
        "up": "" if host.virtual else host_check_words(index.host_checks.get(host.check)),
        "roles": [
            {"name": role.name, "summary": role.summary, "owner": role.owner, "runbook": role.runbook}
            for role in (index.roles[name] for name in index.special_first(host.roles))
        ],
        "origin": str(host.origin),
        "pages_at_night": index.night_pagers(entries),
        "watches": [
            {
                "id": entry.id,
                "check": entry.check or entry.plugin,
                "summary": entry.summary,
                "alerts": alerts(index, entry),
                "notifies": str(index.recipients.of(entry)),
                "every": entry.interval,
                "runbook": entry.runbook,
                "origin": str(entry.origin),
            }
            for entry in entries
        ],
        "exceptions": [
            {"watches": list(one.watches), "why": one.why, "until": one.until, "origin": str(one.place)}
            for one in reasons(entries)
        ],
        "off": [
            {"watch": one.name, "why": one.why, "until": one.until, "origin": str(one.origin)}
            for one in index.off_of(host.name)
        ],
        "maintenance": [
            {"begin": one.begin, "end": one.end, "why": one.why, "origin": str(one.origin)}
            for one in index.windows_of(host.name)
        ],
    }


def _watch(index: PlanIndex, entry: Entry) -> Iterator[str]:
    yield f"  {entry.name} (every {format_seconds(entry.interval)}; {notified(index, entry)})"
    yield f"      {summary_of(entry)}"
    yield from (f"      {one}" for one in alerts(index, entry))
    role = index.roles[entry.role]
    if entry.runbook not in ("", role.runbook):
        yield f"      Runbook: {entry.runbook}"


def _end(until: str) -> str:
    return f"until {until}" if until else "no end"
