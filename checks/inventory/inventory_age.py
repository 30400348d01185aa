"""Age of inventories that `checkctl inventory pull` writes."""

from checks.inventory.source import Inventories
from checkwright import BadUsage, Check, Metrics, gauge, option, uses


class InventoryAge(Check):
    """Age of the data in the inventories that `checkctl inventory pull` writes, and their number of hosts.

    Monitoring only knows the machines in its inventory. If nobody pulls it, or each pull is refused, new machines are
    not watched, and nothing else looks wrong. The age comes from the first line of the file, because a checkout changes
    the timestamps of all files.

    Run it where the deployed project is checked out, and open a ticket rather than wake someone up:
    `Watch(InventoryAge(files=("/srv/fleet/inventory/live.csv",)), notify="ticket", per="role")`. CRITICAL has no
    default limit, because people have days to act. A file that is missing or lacks such a line is UNKNOWN.
    """

    thread_safe = True

    inventories = uses(Inventories)

    files: tuple[str, ...] = option(
        "Inventory, by its full path", flags="-f --file", example="/srv/fleet/inventory/production.csv"
    )

    age = gauge("Age", "s", warn="7d")
    hosts = gauge("Hosts", min=0)

    def probe(self) -> Metrics:
        for file, header in self.each(self.files, self.inventories.header):
            yield self.age(header.age, of=file)
            yield self.hosts(header.hosts, of=file)

    def known_items(self) -> tuple[str, ...]:
        return self.files

    def validate(self) -> None:
        if "" in self.files:
            raise BadUsage("--file is empty: give the full path of an inventory")
