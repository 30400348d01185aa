"""Dependencies and escalations of each host and service, as text for a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from nagios_cfg.reader.config_text import CannotRead
from nagios_cfg.reader.grouped_services import grouped_services
from nagios_cfg.reader.live import Live
from nagios_cfg.reader.members import Matcher
from nagios_cfg.reader.notified import Kind, number, sent
from nagios_cfg.reader.periods import Periods, period_lines
from nagios_cfg.reader.templates import ResolvedObject, split_list

#: Beginnings of the names of servicegroups that a build makes: of owners, families and parts of business services.
MADE_GROUPS = ("owner.", "family.", "parts.")
#: A service as (host, description); a host as (host, "").
Key = tuple[str, str]


class Relations:
    """Dependencies and escalations of a configuration. `renamed` returns the name to show for a host or service."""

    def __init__(
        self,
        live: Live,
        periods: Periods,
        aliases: Mapping[str, tuple[str, ...]],
        renamed: Callable[[str], str],
    ) -> None:
        self._live = live
        self._periods = periods
        self._aliases = aliases
        self._renamed = renamed
        self._matcher = Matcher(live.source.patterns, live.source.all_patterns)
        self._by_host: dict[str, list[str]] = {}
        for service in live.services:
            self._by_host.setdefault(service.host, []).append(service.name)
        self._groups = grouped_services(live)
        self._found: dict[tuple[str, Key], set[str]] = {}
        for one in live.objects:
            if not one.template:
                self._read(one)

    def of(self, host: str, service: str = "") -> dict[str, str]:
        """Return the aspects "depends on" and "escalations" of a service, or of a host."""
        return {
            what: "; ".join(sorted(self._found.get((what, (host, service)), ()))) or "none"
            for what in ("depends on", "escalations")
        }

    def groups(self, host: str, service: str) -> dict[str, str]:
        """Return the aspect "groups" of a service: its servicegroups without those that every build makes."""
        named = sorted(
            name
            for name, members in self._groups.items()
            if (host, service) in members and not name.startswith(MADE_GROUPS)
        )
        return {"groups": ", ".join(named) or "none"}

    def _read(self, one: ResolvedObject) -> None:
        if one.kind == "servicedependency":
            self._dependency(one, "service")
        elif one.kind == "hostdependency":
            self._dependency(one, "host")
        elif one.kind in ("serviceescalation", "hostescalation"):
            kind: Kind = "service" if one.kind == "serviceescalation" else "host"
            text = self._escalation(one, kind)
            for key in self._keys(one, "", kind):
                self._found.setdefault(("escalations", key), set()).add(text)

    def _dependency(self, one: ResolvedObject, kind: Kind) -> None:
        masters = self._keys(one, "", kind)
        own = not (one.get("dependent_host_name") or one.get("dependent_hostgroup_name"))
        same_host = kind == "service" and own and not one.get("dependent_servicegroup_name")
        if same_host:
            hosts = {host for host, _ in masters}
            dependents = self._services_on(hosts, one.get("dependent_service_description"), one)
        else:
            dependents = self._keys(one, "dependent_", kind)
        for key in dependents:
            for host, name in masters:
                if (host, name) == key or (same_host and host != key[0]):
                    continue
                shown = ": ".join(filter(None, (self._renamed(host) if host != key[0] else "", self._renamed(name))))
                text = f"{shown} ({self._criteria(one)})"
                self._found.setdefault(("depends on", key), set()).add(text)

    def _criteria(self, one: ResolvedObject) -> str:
        parts = []
        for what in ("execution", "notification"):
            stated = one.get(f"{what}_failure_criteria") or one.get(f"{what}_failure_options")
            letters = ",".join(sorted({part.strip()[:1] for part in stated.split(",") if part.strip()} - {"n"}))
            if letters:
                parts.append(f"no {'check' if what == 'execution' else 'notification'} at {letters}")
        if one.get("inherits_parent") == "1":
            parts.append("with its own dependencies")
        if period := one.get("dependency_period"):
            parts.append(self._hours(period))
        return ", ".join(parts) or "no effect"

    def _escalation(self, one: ResolvedObject, kind: Kind) -> str:
        last = round(number(one.get("last_notification")))
        until = f"to {last}" if last else "on"
        interval = one.get("notification_interval")
        every = round(number(interval) * self._live.source.seconds)
        again = "" if not interval else f" every {every} s" if every else " once"
        letters = one.get("escalation_options")
        period = one.get("escalation_period")
        limits = "".join((f" at {letters}" if letters else "", f" in {self._hours(period)}" if period else ""))
        first = round(number(one.get("first_notification")))
        return f"{', '.join(self._people(one, kind)) or 'nobody'} from notification {first} {until}{again}{limits}"

    def _people(self, one: ResolvedObject, kind: Kind) -> Iterable[str]:
        live = self._live
        names = set(self._matcher.find(one.get("contacts"), live.contacts, "contact", one.origin))
        for group in self._matcher.find(one.get("contact_groups"), live.contactgroups, "contactgroup", one.origin):
            names |= live.contactgroups[group]
        addresses = {message.to for name in names for message in sent(live.contacts[name], live.commands, kind)}
        return sorted({who for address in addresses for who in self._aliases.get(address, (address,))})

    def _hours(self, period: str) -> str:
        return "; ".join(period_lines(self._periods.mask(period))) or "never"

    def _keys(self, one: ResolvedObject, prefix: str, kind: Kind) -> set[Key]:
        """Return the hosts or services that an object names by directives with this prefix."""
        live = self._live
        hosts, excluded = self._matcher.parts(one.get(f"{prefix}host_name"), live.hosts, "host", one.origin)
        groups, without = self._matcher.parts(
            one.get(f"{prefix}hostgroup_name"), live.hostgroups, "hostgroup", one.origin
        )
        found = hosts.union(*(live.hostgroups[group] for group in groups))
        found = found.difference(excluded, *(live.hostgroups[group] for group in without))
        if kind == "host":
            return {(host, "") for host in found}
        keys = self._services_on(found, one.get(f"{prefix}service_description"), one)
        for group in self._matcher.find(
            one.get(f"{prefix}servicegroup_name"), self._groups, "servicegroup", one.origin
        ):
            keys |= self._groups[group]
        return keys

    def _services_on(self, hosts: Iterable[str], names: str, one: ResolvedObject) -> set[Key]:
        known = {name for host in hosts for name in self._by_host.get(host, ())}
        included: set[str] = set()
        excluded: set[str] = set()
        for part in split_list(names):
            with suppress(CannotRead):  # none of these hosts has such a service
                some, others = self._matcher.parts(part, known, "service", one.origin)
                included |= some
                excluded |= others
        return {(host, name) for host in hosts for name in self._by_host.get(host, ()) if name in included - excluded}
