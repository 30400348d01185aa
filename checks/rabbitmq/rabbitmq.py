"""Alarms, nodes and limits of RabbitMQ."""

from checks.rabbitmq._management import WINDOW, Management, word
from checkwright import CannotTell, Metrics, gauge, uses, verdict
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.sources.json_path import Document

_NODE = "name,running,partitions,mem_used,mem_limit,disk_free,fd_used,fd_total,sockets_used,sockets_total"


class Rabbitmq(Management):
    """Alarms, partitions and limits of RabbitMQ nodes, from the management API.

    While a node has a memory or disk alarm, RabbitMQ blocks every publisher of the cluster: CRITICAL. So is a node that
    does not run, and a network partition: each side accepts messages that the other never sees. No answer is
    CRITICAL. `quorum` is a WARNING if quorum queues would stop with the next node.

    `memory` is the used percentage of the high watermark, at which the alarm starts. `unroutable` counts the messages
    of the last 10 minutes that were returned or dropped because no queue was bound to their exchange. Queues have a
    check of their own, `rabbitmq_queues`, because other teams own them.

    Account, without any permission to read or write messages:

        rabbitmqctl add_user nagios PASSWORD
        rabbitmqctl set_user_tags nagios monitoring
        rabbitmqctl set_permissions -p / nagios '^$' '^$' '^$'

    and `--auth-file` with `nagios:PASSWORD`. A rejected account, or one without the tag `monitoring`, is UNKNOWN.
    `rabbitmq-plugins enable rabbitmq_management` enables the plugin.

    Defaults: memory at 80 % of the watermark leaves time to find the queue that grows, at 95 % publishers are about to
    be blocked. A node without free file descriptors or sockets refuses connections. `nodes` has no default: use
    `--nodes-critical 3:` in a cluster of three, because a removed node is no longer listed. Alarms come from a health
    check endpoint, because the list of nodes reports them some seconds late.

    A node that has just started has no statistics for some seconds: missing values are OK.

    Tested with RabbitMQ 3.10.8. RabbitMQ 4 no longer reports sockets, which then have no value.
    """

    thread_safe = True

    memory_file = uses(StateFile, keeps_labels=True)

    alarm = verdict("Alarm", ok=["none"])
    node = verdict("Node", ok=["running"])
    partition = verdict("Partition", ok=["none"])
    quorum = verdict("Quorum", ok=["ok"], warn=["critical"])
    memory = gauge("Memory watermark used", "%", warn=80, crit=95, max=float("inf"), missing="ok", optional=True)
    files = gauge("File descriptors", "%", warn=80, crit=90, missing="ok", optional=True)
    sockets = gauge("Sockets", "%", warn=80, crit=90, missing="ok", optional=True)
    unroutable = gauge("Unroutable messages in 10 min", warn=0, min=0, missing="ok")
    nodes = gauge("Running nodes", min=0)
    disk = gauge("Free disk space", "B", missing="ok", optional=True)
    connections = gauge("Connections", min=0)
    channels = gauge("Channels", min=0)
    time = gauge("Time", "s", warn=1, crit=5)

    def probe(self) -> Metrics:
        overview = self.get("/api/overview?columns=object_totals,message_stats")
        totals = overview.json()
        alarms = self._health("alarms")
        if alarms.text("status") == "ok":
            yield self.alarm("none")
        else:
            listed = alarms.items("alarms") if "alarms" in set(alarms.keys()) else []
            for _, one in listed:
                yield self.alarm(one.text("resource"), of=one.text("node"), hint="publishers are blocked")
            if not listed:
                yield self.alarm("of an unknown kind", hint=word(alarms, "reason") or "")
        running = 0
        nodes = self.get(f"/api/nodes?columns={_NODE}").json().entries()
        if not nodes:
            raise CannotTell("RabbitMQ lists no node of its cluster: give the account the tag monitoring")
        for one in nodes:
            name = one.text("name") or "?"
            works = bool(one.number("running"))
            running += works
            yield self.node("running" if works else "not running", of=name)
            if works:
                yield from self._node(name, one)
        if running > 1:
            quorum = self._health("node-is-quorum-critical")
            yield self.quorum("ok" if quorum.text("status") == "ok" else "critical")
        yield self.nodes(running)
        yield self.connections(totals.number("object_totals.connections"))
        yield self.channels(totals.number("object_totals.channels"))
        yield self.time(overview.seconds)
        # Last, so that the counts are reported even where memory cannot be kept.
        lost = {
            kind: totals.number(f"message_stats.{kind}", missing=0) or 0
            for kind in ("drop_unroutable", "return_unroutable")
        }
        events = self.memory_file.within(lost, WINDOW).values()
        yield self.unroutable(None if None in events else sum(event or 0 for event in events))

    def _node(self, name: str, node: "Document") -> Metrics:
        if "partitions" in set(node.keys()):  # not in the first seconds of a node
            partitions = ", ".join(str(other.word(".")) for _, other in node.items("partitions"))
            yield self.partition(f"from {partitions}" if partitions else "none", of=name)
        yield self.memory(_percent(node, "mem_used", "mem_limit"), of=name)
        yield self.files(_percent(node, "fd_used", "fd_total"), of=name)
        yield self.sockets(_percent(node, "sockets_used", "sockets_total"), of=name)
        yield self.disk(node.number("disk_free", missing=None), of=name)

    def _health(self, name: str) -> "Document":
        """Return the answer of a health check. The status 503 is an answer: the check failed."""
        reply = self.fetch(f"/api/health/checks/{name}")
        if reply.status == 503 and reply.text.lstrip().startswith("{"):
            return reply.json()
        return self.accepted(reply).json()


def _percent(node: "Document", part: str, whole: str) -> float | None:
    """Return a share, None if this version reports neither, or there is no limit."""
    used, limit = node.number(part, missing=None), node.number(whole, missing=None)
    return 100 * used / limit if used is not None and limit else None
