"""Pages of hosts: what a server does, what watches it, who is notified, and what is unusual about it.

Most hosts share their watches with others, so the rows of a set of watches are made once: 10,000 hosts have some
hundred sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from checkwright.catalogue import frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import host_check_words, plural, summary_of, thresholds, verdict_words, words_of
from checkwright.catalogue.plan_index import PlanIndex, reasons
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Entry, Host, Maintenance, Off

_ROOT = "../../"


class HostSheets:
    """Pages of the hosts of one plan."""

    def __init__(self, index: PlanIndex, frame: Frame) -> None:
        self._index = index
        self._frame = frame
        self._rows: dict[int, str] = {}
        self._bodies: dict[object, tuple[str, str]] = {}

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield (path, text) of each host's page."""
        environment = self._index.plan.environment
        crumbs = [(environment, page_paths.environment_path(environment))]
        for host in self._index.plan.hosts:
            path = page_paths.host_path(environment, host.name)
            lead, body = self._body(host)
            yield path, self._frame.page(path, host.name, crumbs, f"{self._about(host, lead)}{body}")

    def _about(self, host: Host, lead: str) -> str:
        plan = self._index.plan
        labels = "".join(f'<span class="tag">{text(key)}={text(host.labels[key])}</span>' for key in host.labels)
        parents = ", ".join(
            link(_ROOT, page_paths.host_path(plan.environment, name), name) if name in self._index.hosts else text(name)
            for name in host.parents
        )
        pairs = [
            ("Address", f"<code>{text(host.address)}</code>" if host.address else ""),
            ("Reached through", parents),
            ("Checked by the pool", text(host.pool)),
            ("Up if", "" if host.virtual else text(host_check_words(self._index.host_checks.get(host.check)))),
            ("Labels", labels),
            ("Declared", self._frame.place(host.origin)),
        ]
        return f"{lead}{frame.facts(pairs)}"

    def _body(self, host: Host) -> tuple[str, str]:
        """Return the sentence about a host, and its watches. Both are the same for all hosts with the same key."""
        key = (host.roles, host.virtual, self._index.key(host.name))
        if key not in self._bodies:
            entries = self._index.entries_of(host.name)
            parts = (
                self._pagers(entries),
                self._maintenance(self._index.windows_of(host.name)),
                self._reasons(entries, self._index.off_of(host.name)),
                self._watches(host),
            )
            self._bodies[key] = self._lead(host), "".join(parts)
        return self._bodies[key]

    def _lead(self, host: Host) -> str:
        plan = self._index.plan
        ordered = self._index.special_first(host.roles)
        names = [link(_ROOT, page_paths.role_path(plan.environment, name), name) for name in ordered]
        kind = (
            "Stands for the role"
            if host.virtual
            else "Server in the role"
            if len(names) == 1
            else "Server in the roles"
        )
        env = link(_ROOT, page_paths.environment_path(plan.environment), plan.environment)
        lead = (
            f'<p class="lead">{kind} {" and ".join(names)}, in {env}.</p>'
            if names
            else f"<p>In {env}, without a role.</p>"
        )
        roles = [self._index.roles[name] for name in ordered if name in self._index.roles]
        items = []
        for role in roles:
            about = f"<b>{text(role.name)}</b>"
            about += f": {text(role.summary)}." if role.summary else "."
            about += f" Team {link(_ROOT, page_paths.team_path(role.owner), role.owner)}."
            about += f" Runbook {frame.outside(role.runbook)}" if role.runbook else " No runbook."
            items.append(about)
        return f"{lead}{frame.bullets(items)}"

    def _pagers(self, entries: Sequence[Entry]) -> str:
        if not entries:
            return ""
        found = self._index.night_pagers(entries)
        if not found:
            return '<p class="note">No watch on this server rings a pager at night.</p>'
        parts = [f"rings {text(pager)} for {_names(names)}" for pager, names in found.items()]
        return f'<p class="note"><b>At night</b> it {"; ".join(parts)}.</p>'

    def _maintenance(self, windows: Sequence[Maintenance]) -> str:
        return "".join(
            f'<p class="note off">Nobody is notified from <time data-begin="1" datetime="{text(one.begin)}">'
            f'{text(one.begin.replace("T", " "))}</time> to <time datetime="{text(one.end)}">'
            f"{text(one.end.replace('T', ' '))}</time>: {text(one.why)} ({self._frame.place(one.origin)})</p>"
            for one in windows
        )

    def _reasons(self, entries: Sequence[Entry], off: Sequence[Off]) -> str:
        items = [
            f"<b>{_names(one.watches)}</b>: {text(one.why)} ({frame.day(one.until)}, {self._frame.place(one.place)})"
            for one in reasons(entries)
        ]
        items += [
            f"<b>{text(one.name)}</b> is switched off: {text(one.why)} "
            f"({frame.day(one.until)}, {self._frame.place(one.origin)})"
            for one in off
        ]
        return f"<h2>Exceptions</h2>{frame.bullets(items)}" if items else ""

    def _watches(self, host: Host) -> str:
        positions, _, _ = self._index.key(host.name)
        if not positions:
            return "<h2>Watches</h2><p>Nothing watches it.</p>"
        rows: dict[str, list[str]] = {name: [] for name in self._index.special_first(host.roles)}
        for position in positions:
            rows.setdefault(self._index.plan.entries[position].role, []).append(self._row(position))
        parts = [f"<h2>{plural(len(positions), 'watch', 'watches')}</h2>"]
        for role, own in rows.items():
            if not own:
                continue
            page = page_paths.role_path(self._index.plan.environment, role)
            parts.append(f"<h3>{link(_ROOT, page, role)}</h3>" if len(host.roles) > 1 else "")
            parts.append(frame.table(("Watch", "Alerts", "Notifies", "Runs"), own, "stack watches"))
        return "".join(parts)

    def _row(self, position: int) -> str:
        if position not in self._rows:
            self._rows[position] = self._made_row(self._index.plan.entries[position])
        return self._rows[position]

    def _made_row(self, entry: Entry) -> str:
        page = page_paths.watch_path(self._index.plan.environment, entry.role, entry.name)
        head = f"{link(_ROOT, page, entry.name)}<p>{text(summary_of(entry))}</p>"
        alerts = [
            f"{text(str(one)).replace(' %', '&nbsp;%')}{_whys(limit.why for limit in one.limits)}"
            for one in thresholds(entry)
        ]
        alerts += [f"{text(words_of(meaning))}{_whys((meaning.why,))}" for meaning in entry.meanings]
        check = self._index.checks.get(entry.check)
        if not alerts and check:
            alerts = [text(verdict_words(verdict)) for verdict in check.verdicts]
        shown = frame.bullets(alerts) or "as the plugin's arguments say"
        runbook = self._index.roles[entry.role].runbook if entry.role in self._index.roles else ""
        own_runbook = f"<p>Runbook {frame.outside(entry.runbook)}</p>" if entry.runbook not in ("", runbook) else ""
        return (
            f'<tr id="{text(entry.name)}"><th scope="row">{head}</th><td>{shown}</td>'
            f"<td>{text(str(self._index.recipients.of(entry)))}{own_runbook}</td>"
            f'<td data-l="Runs">every {format_seconds(entry.interval)}</td></tr>'
        )


def _whys(reasons: Iterable[str]) -> str:
    """Return reasons of overrides as markup, each once."""
    return "".join(f'<span class="why">{text(why)}</span>' for why in dict.fromkeys(reasons) if why)


def _names(names: Sequence[str]) -> str:
    """Return names as markup, at most eight of them."""
    shown = ", ".join(text(name) for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
