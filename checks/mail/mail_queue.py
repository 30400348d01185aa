"""Number and age of the messages in the Postfix queue."""

from checks.mail.source import Postfix
from checkwright import Check, Metrics, gauge, option, uses


class MailQueue(Check):
    """Number and age of the messages that Postfix has not delivered.

    The age says more than the number: a newsletter fills the queue for minutes, a broken relay delays one message for
    hours. A Postfix that does not run is CRITICAL. The check never prints addresses.

    No account is needed: postqueue is setgid postdrop, so any user may list the queue, unless `authorized_mailq_users`
    in main.cf restricts it. A user that may not gets UNKNOWN.

    Defaults: `oldest` 1/4 h, because greylisting delays mail for minutes, and the sender is notified after
    `delay_warning_time`, often 4 h; `waiting` 100/1,000 messages, far above the normal number on a machine that only
    sends its own mail. `hold` has none, because messages stay there on purpose. The check reads lists of up to 64 MB,
    about 200,000 messages.

    Tested with Postfix 3.7.11. Other mail servers are not supported: Exim lists its queue to its own group only, with
    rounded ages.
    """

    postfix = uses(Postfix)

    config: str = option("Folder of Postfix's configuration, where there are several", default="")

    oldest = gauge("Oldest message", "s", warn=3_600, crit=14_400)
    waiting = gauge("Messages waiting", warn=100, crit=1_000, min=0)
    active = gauge("Messages in delivery", min=0)
    deferred = gauge("Messages deferred", min=0)
    hold = gauge("Messages on hold", min=0)

    def probe(self) -> Metrics:
        queue = self.postfix.queue(self.config)
        held = queue.counts.get("hold", 0)
        yield self.oldest(queue.oldest)
        yield self.waiting(sum(queue.counts.values()) - held)
        yield self.active(queue.counts.get("active", 0))
        yield self.deferred(queue.counts.get("deferred", 0))
        yield self.hold(held)
