"""Dropped connections, and limits of sockets and files."""

from checks.kernel.source import Kernel
from checkwright import Check, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0


class Sockets(Check):
    """Connections that no application ever saw, and limits above which new ones fail.

    A full listen queue drops connections, and no application logs that: `drops` counts them for the whole machine in
    the last 10 minutes. Find the socket with `ss -ltn` (Recv-Q equals Send-Q), and raise its backlog or serve it
    faster.

    `conntrack` and `files` are percentages of the kernel's limits, and have no value if there is no limit. With
    `--pairs`, `ephemeral` is the percentage of local ports that connections to one destination use, for the three
    busiest destinations: a proxy exhausts the ports to one server, not all ports. It reads a line for each connection,
    so leave it off on machines with very many.

    Defaults: `drops` above 0, because each is a client without a response; `conntrack` 80/95 %, `files` and `ephemeral`
    70/90 %, because new connections fail at 100 %. `retransmitted`, `syn_retries`, `established`, `timewait` and
    `orphans` have none. No account is needed: any user may read these files.

    Tested on Linux 6.18, with a full listen queue.
    """

    thread_safe = True

    kernel = uses(Kernel)
    past = uses(StateFile)

    pairs: bool = option("Count the connections to each destination", default=False)

    drops = gauge("Connections dropped in 10 minutes", crit=0, min=0, missing="ok")
    conntrack = gauge("Tracked connections", "%", warn=80, crit=95, missing="ok")
    files = gauge("Open files", "%", warn=70, crit=90, missing="ok")
    ephemeral = gauge("Ephemeral ports to", "%", warn=70, crit=90, optional=True)
    retransmitted = gauge("Retransmitted segments", "%", missing="ok")
    syn_retries = gauge("SYN retries", "/s", min=0, missing="ok")
    established = gauge("Connections established", min=0)
    timewait = gauge("Connections in TIME-WAIT", min=0)
    orphans = gauge("Orphaned connections", min=0)

    def probe(self) -> Metrics:
        found = self.kernel.sockets(pairs=self.pairs)
        yield self.conntrack(found.conntrack)
        yield self.files(found.files)
        for destination, share in found.pairs.items():
            yield self.ephemeral(share, of=destination)
        yield self.established(found.established)
        yield self.timewait(found.timewait)
        yield self.orphans(found.orphans)
        yield self.drops(self.past.within({"drops": found.counters.get("drops", 0)}, _WINDOW)["drops"])
        delta = self.past.since_last_run(found.counters, "rates")
        yield self.retransmitted(delta.percent("retransmitted", of="sent") if delta else None)
        yield self.syn_retries(delta.rate("syn_retries") if delta else None)
