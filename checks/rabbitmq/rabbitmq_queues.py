"""Messages and consumers in the queues of RabbitMQ."""

from checks.rabbitmq._management import Management, quoted, word
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses, verdict
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from checkwright.sources.json_path import Document

_COLUMNS = (
    "name,type,state,messages_ready,messages_unacknowledged,consumers,head_message_timestamp,"
    "message_stats.publish,message_stats.ack"
)
#: Named queues that are requested one by one. More come with one request for all queues of the virtual host.
_FEW = 10
_WORKS = ("running", "idle", "flow")


class RabbitmqQueues(Management):
    """Waiting messages, consumers and rates of each RabbitMQ queue, from the management API.

    A queue with messages and no consumer is CRITICAL. So is one that is down, and a named one that does not exist,
    because its publishers' messages are lost. A pattern that matches no queue is UNKNOWN. Exclude queues that hold
    messages on purpose, such as delay queues, with `--exclude`. A message in a queue of `--unwanted`, such as `*.dead`,
    is CRITICAL as long as it is there. Streams keep their messages, so the check reports their consumers only.

    "Never empty for" says how long every run of this check has found waiting messages. `oldest` needs
    publishers that set a timestamp. A queue that is new, or a RabbitMQ that has just started, has no statistics for
    some seconds: missing values are OK. All values lag by `collect_statistics_interval`, 5 s.

    Account, without any permission to read or write messages:

        rabbitmqctl add_user nagios PASSWORD
        rabbitmqctl set_user_tags nagios monitoring
        rabbitmqctl set_permissions -p / nagios '^$' '^$' '^$'

    and `--auth-file` with `nagios:PASSWORD`. Repeat the last line for each virtual host; without it, RabbitMQ denies
    the request, and the result is UNKNOWN. `rabbitmq-plugins enable rabbitmq_management` enables the plugin.

    Defaults: 1000 waiting messages are more than the usual burst, 10,000 are a backlog that takes minutes. Set them for
    each queue: `--ready-warning invoices=50`. Consumers have no default; `--consumers-critical 1:` also notices that an
    empty queue has lost them.

    Tested with RabbitMQ 3.10.8.
    """

    thread_safe = True

    memory = uses(StateFile, keeps_labels=True)

    vhost: str = option("Virtual host", default="/")
    queue: tuple[str, ...] = option("Queue, or a pattern such as shop.*", flags="-q --queue", default=("*",))
    exclude: tuple[str, ...] = option(
        "Queue to leave out, or a pattern; by default queues that the server named",
        flags="-x --exclude",
        default=("amq.gen-*",),
    )
    unwanted_queues: tuple[str, ...] = option(
        "Queue that must be empty, or a pattern", flags="--unwanted", default=(), example="*.dead"
    )

    taken = verdict("Queue", ok=["is served", "is empty"])
    unwanted = gauge("Unwanted messages", crit=0, min=0, optional=True)
    ready = gauge("Messages ready", warn=1_000, crit=10_000, min=0, missing="ok", optional=True)
    unacked = gauge("Messages unacknowledged", min=0, missing="ok", optional=True)
    consumers = gauge("Consumers", min=0, missing="ok", optional=True)
    oldest = gauge("Oldest message", "s", missing="ok", optional=True)
    backlog = gauge("Never empty for", "s", optional=True)
    published = gauge("Published", "/s", min=0, missing="ok", optional=True)
    queues = gauge("Queues", min=0)
    acked = gauge("Acknowledged", "/s", min=0, missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        for flag, names in (("queue", self.queue), ("exclude", self.exclude), ("unwanted", self.unwanted_queues)):
            if "" in names:
                raise BadUsage(f"--{flag} is empty: give a name or a pattern")
        if not self.vhost:
            raise BadUsage("--vhost is empty: the default virtual host is /")

    def probe(self) -> Metrics:
        found = self._found()
        if not found and not self._names() and "*" not in self.queue and not self.unwanted_queues:
            raise CannotTell(f"no queue of {self.vhost} fits --queue {' '.join(self.queue)}")
        yield self.queues(len(found))
        for name in sorted(self._names() - set(found)):
            yield self.taken("does not exist", of=name)
        for name, queue in found.items():
            ready = queue.number("messages_ready", missing=None)
            consumers = queue.number("consumers", missing=None)
            if _fits(name, self.unwanted_queues):
                yield self.unwanted(ready or 0, of=name)
            elif (state := _state(queue, ready, consumers)) is not None:
                yield self.taken(state, of=name, hint=f"{ready:.0f} ready" if ready and not consumers else "")
            if not _is_stream(queue):
                yield self.ready(ready, of=name)
                yield self.unacked(queue.number("messages_unacknowledged", missing=None), of=name)
            yield self.consumers(consumers, of=name)
            if queue.number("head_message_timestamp", missing=None) is not None:
                yield self.oldest(max(0.0, queue.age("head_message_timestamp") or 0.0), of=name)
        # Last, so that the counts are reported even where memory cannot be kept.
        if found:
            yield from self._remembered(found)

    def _remembered(self, found: "Mapping[str, Document]") -> Metrics:
        waits = {
            name: bool(queue.number("messages_ready", missing=0))
            for name, queue in found.items()
            if not _is_stream(queue)
        }
        counters = {
            f"{kind} {name}": queue.number(f"message_stats.{kind}", missing=0) or 0
            for name, queue in found.items()
            for kind in ("publish", "ack")
        }
        seconds, delta = self.memory.together(
            lambda memory: (memory.durations(waits, "waits"), memory.since_last_run(counters, "rates"))
        )
        for name in waits:
            yield self.backlog(seconds[name], of=name)
        for name in found:
            yield self.published(None if delta is None else delta.rate(f"publish {name}"), of=name)
            yield self.acked(None if delta is None else delta.rate(f"ack {name}"), of=name)

    def _found(self) -> "dict[str, Document]":
        """Return the queues that fit, by name."""
        names = self._names()
        if len(names) == len(self.queue) and len(names) <= _FEW:
            return {name: queue for name in self.queue if (queue := self._one(name)) is not None}
        queues = self.get(f"/api/queues/{quoted(self.vhost)}?columns={_COLUMNS}").json()
        found = {str(queue.text("name")): queue for queue in queues.entries()}
        return {
            name: found[name]
            for name in sorted(found)
            if name in names or (_fits(name, self.queue) and not _fits(name, self.exclude))
        }

    def _one(self, name: str) -> "Document | None":
        """Return one queue, None if it does not exist."""
        path = f"/api/queues/{quoted(self.vhost)}/{quoted(name)}?columns={_COLUMNS}"
        reply = self.fetch(path)
        if reply.status == 404 and reply.text.lstrip().startswith("{"):
            return None
        return self.accepted(reply).json()

    def _names(self) -> set[str]:
        """Return the queues that are named without a wildcard."""
        return {name for name in self.queue if not any(character in name for character in "*?[")}


def _state(queue: "Document", ready: float | None, consumers: float | None) -> str | None:
    """Return the word for a queue, None if it has no statistics yet."""
    state = word(queue, "state")
    if state is not None and state not in _WORKS:
        return f"is {state}"
    if ready is None or consumers is None:
        return None
    if ready and not consumers and not _is_stream(queue):
        return "has messages and no consumer"
    return "is served" if consumers else "is empty"


def _is_stream(queue: "Document") -> bool:
    return word(queue, "type") == "stream"


def _fits(name: str, patterns: "tuple[str, ...]") -> bool:
    from fnmatch import fnmatchcase

    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
