"""Names of the objects in Nagios.

Every name except those of hosts and services ends in the environment. So one Nagios can include several
environments, and a name shows the environment of its object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checkwright.registry.plan import Entry

#: Channel of notifications to a team: its pager, or e-mail.
Channel = Literal["page", "ticket"]

#: Days of the week, as Nagios names them.
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Timeperiod of all hours.
ALWAYS = "always"

#: Hostgroup of all hosts, without the environment.
ALL_HOSTS = "all"

#: Service that checks a host's NRPE daemon.
AGENT = "nrpe"
#: Templates of the dependencies on services without which others cannot work, and on those that explain problems.
NEEDED = "needed"
HELD = "held"


def nrpe_command(entry: Entry) -> str:
    """Return the name of an entry's NRPE command. Nagios sends this name to the machine and nothing else."""
    return ".".join(filter(None, (entry.role, entry.name, entry.variant)))


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one environment's objects."""

    environment: str

    def command(self, entry: Entry) -> str:
        return f"{nrpe_command(entry)}.{self.environment}"

    def hostgroup(self, role: str) -> str:
        return f"{role}.{self.environment}"

    @property
    def all_hosts_group(self) -> str:
        """Hostgroup of all hosts."""
        return self.hostgroup(ALL_HOSTS)

    def owner_group(self, team: str) -> str:
        """Return the servicegroup of the services that a team owns."""
        return f"owner.{team}.{self.environment}"

    def family_group(self, family: str) -> str:
        """Return the servicegroup of the checks of one family."""
        return f"family.{family}.{self.environment}"

    def business_group(self, name: str) -> str:
        """Return the servicegroup of the parts of a business service."""
        return f"parts.{name}.{self.environment}"

    def contact(self, team: str, channel: Channel) -> str:
        """Return the name of a contact, and of the contactgroup that holds it."""
        return f"{team}.{channel}.{self.environment}"

    def person(self, team: str, name: str, channel: Channel) -> str:
        """Return the name of a contact for a person of a team. No team has a + in its name."""
        return self.contact(f"{team}+{name}", channel)

    def hours(self, name: str) -> str:
        """Return the timeperiod of hours, of ALWAYS or of a maintenance window."""
        return f"{name}.{self.environment}"

    def holidays(self, name: str) -> str:
        """Return the timeperiod with the days without these hours."""
        return self.hours(f"{name}.holidays")

    def hours_without(self, base: str, quiet: tuple[str, ...]) -> str:
        """Return the timeperiod `base` (ALWAYS, or the name of hours) without the quiet hours."""
        return self.hours(".but.".join((base, *quiet)))

    def agent_dependency(self, role: str, service: str) -> str:
        """Return the dependency of a role's services on the NRPE daemon. `service` is the first of them."""
        return f"{role}.{service}.needs-{AGENT}.{self.environment}"

    def dependency(self, role: str, service: str, needed: str) -> str:
        """Return the dependency of a role's services on a needed service. `service` is the first of them."""
        return f"{role}.{service}.needs-{needed}.{self.environment}"

    def escalation(self, subject: str, number: int) -> str:
        """Return one escalation step of an entry, or of hosts that notify the same teams."""
        return f"{subject}.escalation-{number}.{self.environment}"

    def internal(self, name: str) -> str:
        """Return the name of a template or command that belongs to no entry."""
        return f"checkwright.{name}.{self.environment}"
