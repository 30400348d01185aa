"""What the registry's things are called in Nagios.

Every name but a host's and a service's carries the environment, so that one Nagios can include several
and a reader can tell whose an object is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from checkwright.registry.plan import Entry

#: How a team is reached: its pager, or e-mail that waits to be read.
Means = Literal["page", "ticket"]

#: Timeperiod of all hours.
ALWAYS = "always"

#: What the hostgroup of all hosts is called; it ends in the environment, as a role's does.
EVERYTHING = "all"

#: The service that stands for a host's NRPE daemon.
AGENT = "nrpe"


def nrpe_command(entry: Entry) -> str:
    """The name by which the machine knows an entry's command; it is all that crosses the wire."""
    return ".".join(part for part in (entry.role, entry.name, entry.variant) if part)


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one environment's objects."""

    environment: str

    def command(self, entry: Entry) -> str:
        return f"{nrpe_command(entry)}.{self.environment}"

    def hostgroup(self, role: str) -> str:
        return f"{role}.{self.environment}"

    @property
    def everything(self) -> str:
        """The hostgroup of all hosts."""
        return self.hostgroup(EVERYTHING)

    def owned(self, team: str) -> str:
        """The servicegroup of what a team answers for."""
        return f"owner.{team}.{self.environment}"

    def family_group(self, family: str) -> str:
        """The servicegroup of the checks of one family."""
        return f"family.{family}.{self.environment}"

    def contact(self, team: str, means: Means) -> str:
        """A contact, and the contactgroup that holds it."""
        return f"{team}.{means}.{self.environment}"

    def hours(self, name: str) -> str:
        return f"{name}.{self.environment}"

    def hours_without(self, base: str, quiet: tuple[str, ...]) -> str:
        """The timeperiod `base` (ALWAYS, or the name of hours) less the quiet ones."""
        return self.hours(".but.".join((base, *quiet)))

    def waiting(self, role: str, service: str) -> str:
        """What ties a role's services, of which this is the first, to the NRPE daemon that they run through."""
        return f"{role}.{service}.needs-{AGENT}.{self.environment}"

    def escalation(self, what: str, number: int) -> str:
        """A step by which something is escalated: an entry, or hosts that tell the same people."""
        return f"{what}.escalation-{number}.{self.environment}"

    def own(self, thing: str) -> str:
        """Something that the generator needs for itself: a template, a command."""
        return f"checkwright.{thing}.{self.environment}"
