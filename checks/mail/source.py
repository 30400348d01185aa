"""Messages in the queue of Postfix, listed by its program postqueue."""

from checkwright.core.text import clean
from checkwright.sources import CannotTell, Down, Source
from checkwright.sources.command import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Most bytes of a list: a message takes about 270, so a mail storm of 200,000 messages fits.
_LARGEST = 64_000_000
#: Exit status of postqueue where Postfix does not run, from sysexits.h.
_UNAVAILABLE = 69


class MailQueue:
    """Messages of a mail server.

    counts: number of messages by queue, such as deferred. oldest: seconds since the arrival of the oldest message that
    is not on hold, 0 if there is none.
    """

    __slots__ = ("counts", "oldest")

    def __init__(self, counts: "dict[str, int] | None" = None, *, oldest: float = 0.0) -> None:
        self.counts = counts or {}
        self.oldest = oldest


class Postfix(Source):
    """The Postfix of this machine."""

    def queue(self, config: str = "") -> MailQueue:
        """Return the messages in the queue. config: folder of the configuration, where there are several.

        Raises Down if Postfix does not run, CannotTell if its queue may not be listed.
        """
        import time

        done = run(["postqueue", *(["-c", config] if config else []), "-j"], limit=_LARGEST)
        text = clean(done.errors, 300)
        if done.code == _UNAVAILABLE or "mail system is down" in text.lower():
            raise Down(f"Postfix does not run: {text or 'postqueue finds no mail system'}")
        if done.code != 0:
            raise CannotTell(f"postqueue cannot list the queue: {text or f'exit status {done.code}'}")
        return parse(done.output.splitlines(), time.time())


def parse(lines: "Iterable[str]", now: float) -> MailQueue:
    """Return the facts in the lines of `postqueue -j`, one JSON object each. now: seconds since 1970."""
    import json

    counts: dict[str, int] = {}
    first = now
    for line in lines:
        if not line.strip():
            continue
        try:
            message = json.loads(line)
            queue, arrival = str(message["queue_name"]), float(message["arrival_time"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise CannotTell("postqueue -j prints a line that is no message of a queue") from None
        counts[queue] = counts.get(queue, 0) + 1
        if queue != "hold":
            first = min(first, arrival)
    return MailQueue(counts, oldest=max(0.0, now - first))
