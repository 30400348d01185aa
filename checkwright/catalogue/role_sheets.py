"""Pages of roles: each watch with every value, the line that set it, and the reason."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from checkwright.catalogue import frame, host_lists, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import (
    LEVELS,
    place_words,
    plural,
    schedule_words,
    subject,
    summary_of,
    thresholds,
    verdict_words,
    words_of,
)
from checkwright.catalogue.plan_index import PlanIndex
from checkwright.registry.plan import Entry, Limit, Placeholder, Role, Word, as_account, part_text

_ROOT = "../../"
#: Groups of hosts with values of their own on the page of a role. The page of each host shows the rest.
_VARIANTS = 20
_SHOWN_HOSTS = 20


class RoleSheets:
    """Pages of the roles of one plan."""

    def __init__(self, index: PlanIndex, frame: Frame, others: Sequence[PlanIndex]) -> None:
        """others: the indexes of all environments, to which a role links."""
        self._index = index
        self._frame = frame
        self._others = others
        self._business = [entry for entry in index.plan.entries if entry.parts]

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield (path, text) of each role's page, and of further pages of its list of hosts."""
        environment = self._index.plan.environment
        crumbs = [(environment, page_paths.environment_path(environment))]
        for role in self._index.plan.roles:
            path = page_paths.role_path(environment, role.name)
            watches = self._index.watches_of(role.name)
            parts = [self._about(role), self._contents(watches), *(self._watch(group) for group in watches.values())]
            parts.append(self._hosts(role, 1, path))
            yield path, self._frame.page(path, role.name, crumbs, "".join(parts))
            for number in range(2, host_lists.pages(role.hosts) + 1):
                path = page_paths.member_list_path(environment, role.name, number)
                above = [*crumbs, (role.name, page_paths.role_path(environment, role.name))]
                title = f"Hosts of {role.name}, page {number}"
                yield path, self._frame.page(path, title, above, self._hosts(role, number, path))

    def _about(self, role: Role) -> str:
        plan = self._index.plan
        elsewhere = ", ".join(
            link(_ROOT, page_paths.role_path(other.plan.environment, role.name), other.plan.environment)
            for other in self._others
            if other is not self._index and role.name in other.roles
        )
        sizes = ", ".join(f"{text(one.name)} {one.size}" for one in role.capacity)
        hooks = "; ".join(f"{text(hook.name)} on {text(', '.join(hook.on))}" for hook in role.hooks)
        pairs = [
            ("Environment", link(_ROOT, page_paths.environment_path(plan.environment), plan.environment)),
            ("Team", link(_ROOT, page_paths.team_path(role.owner), role.owner)),
            ("Runbook", frame.outside(role.runbook) if role.runbook else "none"),
            ("Hosts", f"{len(role.hosts):,}" if role.hosts else "none: it stands for a service"),
            ("Also in", elsewhere),
            ("Capacity of each", sizes),
            ("Hooks in Sensu", hooks),
            ("Declared", self._frame.place(role.origin)),
        ]
        lead = f'<p class="lead">{text(role.summary)}.</p>' if role.summary else ""
        return f"{lead}{frame.facts(pairs)}"

    def _contents(self, watches: dict[str, list[Entry]]) -> str:
        if not watches:
            return "<h2>Watches</h2><p>Nothing watches it here.</p>"
        links = ", ".join(f'<a href="{page_paths.fragment(name)}">{text(name)}</a>' for name in watches)
        return f"<h2>{plural(len(watches), 'watch', 'watches')}</h2><p>{links}</p>"

    def _watch(self, group: Sequence[Entry]) -> str:
        entry, *variants = group
        name = subject(entry)
        pairs = [
            ("Notifies", text(str(self._index.recipients.of(entry)))),
            ("Runs", text(f"{schedule_words(entry)}; {place_words(entry)}")),
            ("Check" if entry.check else "Plugin", link(_ROOT, page_paths.check_path(name), name)),
            ("Runbook", frame.outside(entry.runbook) if entry.runbook else "none"),
            ("Declared", self._frame.place(entry.origin)),
        ]
        off = [one for one in self._index.plan.off if one.id == entry.id]
        parts = [
            f'<section class="watch" id="{text(entry.name)}"><h3>{text(entry.name)}</h3>',
            f"<p>{text(summary_of(entry))}</p>",
            frame.facts(pairs),
            self._thresholds(entry),
            self._words(entry),
            self._parts(entry),
            *(
                f'<p class="note off">Switched off on {_some(one.hosts)}: {text(one.why)} '
                f"({frame.day(one.until)}, {self._frame.place(one.origin)})</p>"
                for one in off
            ),
            *(self._variant(entry, one) for one in variants[:_VARIANTS]),
        ]
        if len(variants) > _VARIANTS:
            more = plural(len(variants) - _VARIANTS, "more group of hosts has", "more groups of hosts have")
            parts.append(f"<p>{more} values of their own: see the pages of the hosts.</p>")
        parts.append(self._details(entry))
        parts.append("</section>\n")
        return "".join(parts)

    def _thresholds(self, entry: Entry, only_overrides: bool = False) -> str:
        rows = []
        for one in thresholds(entry):
            limits = one.limits
            if only_overrides and all(limit.level != "override" for limit in limits):
                continue
            cells = [
                ("Warning", text(one.warning or "none")),
                ("Critical", text(one.critical or "none")),
                ("Set by", "".join(f"<p>{self._set_by(limit, limits)}</p>" for limit in limits)),
            ]
            rows.append(frame.row(text(one.label), cells))
        return frame.table(("Value", "Warning", "Critical", "Set by"), rows) if rows else ""

    def _set_by(self, limit: Limit, limits: Sequence[Limit]) -> str:
        end = ""
        if len(limits) > 1:
            end = "warning: " if limit is limits[0] else "critical: "
        reason = _reason(limit.level, limit.why, limit.until)
        return f"{end}{LEVELS[limit.level]}, {self._frame.place(limit.origin)}{reason}"

    def _words(self, entry: Entry) -> str:
        items = [
            f"{text(words_of(one))} ({LEVELS[one.level]}, {self._frame.place(one.origin)})"
            f"{_reason(one.level, one.why, one.until)}"
            for one in entry.meanings
        ]
        check = self._index.checks.get(entry.check)
        items += [text(verdict_words(one)) for one in check.verdicts] if check else []
        return f'<p class="dim">Words</p>{frame.bullets(items)}' if items else ""

    def _parts(self, entry: Entry) -> str:
        """Return the parts of a business service, or the business services that need the watch."""
        if entry.parts:
            return f'<p class="dim">Parts</p>{frame.bullets([text(part_text(part)) for part in entry.parts])}'
        environment = self._index.plan.environment
        links = [
            link(_ROOT, page_paths.role_path(environment, one.role), one.role)
            for one in self._business
            if any(entry.id in part.watches for part in one.parts)
        ]
        return f'<p class="dim">Part of the business service</p>{frame.bullets(links)}' if links else ""

    def _variant(self, entry: Entry, variant: Entry) -> str:
        """Return the values of some hosts that differ from those of the largest group."""
        usual = {(one.name, one.value) for one in entry.settings}
        changed = [
            f"{text(one.name)}: {text(one.value)} ({LEVELS[one.level]}, {self._frame.place(one.origin)})"
            f"{_reason(one.level, one.why, one.until)}"
            for one in variant.settings
            if (one.name, one.value) not in usual
        ]
        if variant.pool != entry.pool:
            changed.append(f"runs {text(place_words(variant))}")
        notified = self._index.recipients.of(variant)
        if str(notified) != str(self._index.recipients.of(entry)):
            changed.append(f"notifies: {text(str(notified))}")
        body = f"{self._thresholds(variant, only_overrides=True)}{self._words(variant) if variant.meanings else ''}"
        hosts = f"<b>On {_some(variant.hosts)}</b> other values apply."
        return f'<div class="note">{hosts}{frame.bullets(changed)}{body}</div>'

    def _details(self, entry: Entry) -> str:
        rows = [
            frame.row(
                text(one.name),
                [
                    ("Value", text(one.value)),
                    (
                        "Set by",
                        f"{LEVELS[one.level]}, {self._frame.place(one.origin)}{_reason(one.level, one.why, one.until)}",
                    ),
                ],
            )
            for one in entry.settings
        ]
        secrets = ", ".join(f"{text(one.option)} from the {one.kind} {text(one.where)}" for one in entry.secrets)
        argv, _ = as_account(entry)
        command = " ".join(_shell_word(word) for word in argv)
        return (
            f"<details><summary>Command and {plural(len(rows), 'setting')}</summary><pre>{text(command)}</pre>"
            f"{f'<p>Secrets: {secrets}</p>' if secrets else ''}"
            f"{frame.table(('Setting', 'Value', 'Set by'), rows)}</details>"
        )

    def _hosts(self, role: Role, number: int, path: str) -> str:
        environment = self._index.plan.environment
        root = page_paths.to_root(path)
        shown = host_lists.part(role.hosts, number)
        items = [link(root, page_paths.host_path(environment, name), name) for name in shown]
        if role.virtual_host:
            items.insert(0, link(root, page_paths.host_path(environment, role.virtual_host), role.virtual_host))
        paths = [
            page_paths.member_list_path(environment, role.name, one)
            for one in range(1, host_lists.pages(role.hosts) + 1)
        ]
        pages = host_lists.links(root, number, paths)
        heading = f"<h2>{plural(len(role.hosts), 'host')}</h2>" if number == 1 else ""
        return f"{heading}{frame.bullets(items, 'hosts')}{pages}"


def _some(hosts: Sequence[str]) -> str:
    """Return names of hosts as markup, at most some of them."""
    shown = ", ".join(text(name) for name in hosts[:_SHOWN_HOSTS])
    return f"{shown} and {len(hosts) - _SHOWN_HOSTS} more" if len(hosts) > _SHOWN_HOSTS else shown


def _reason(level: str, why: str, until: str) -> str:
    if not why:
        return ""
    end = f" ({frame.day(until)})" if level == "override" else ""
    return f'<span class="why">{text(why)}{end}</span>'


def _shell_word(word: Word) -> str:
    """Return a word of a command as a shell reads it, with its placeholders in braces."""
    if len(word) == 1 and isinstance(word[0], str):
        return shlex.quote(word[0])
    return "".join(f"{{{part.name}}}" if isinstance(part, Placeholder) else part for part in word)
