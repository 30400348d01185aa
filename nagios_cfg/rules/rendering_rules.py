"""Rules that renderers apply while they render."""

from __future__ import annotations

from checkwright.registry.findings import Rule


class CommandNotExpressible(Rule):
    """A command contains a line end or a NUL byte, is too long, or has a name that NRPE does not allow.

    A command of Nagios or NRPE is one line. The limit is 100,000 bytes for Nagios, and 2,000 bytes for NRPE, because a
    line above 2,046 bytes stops NRPE. The name of an NRPE command consists of letters, digits, `.`, `_` and `-`.

    Wrong:
        Plugin("/usr/lib/nagios/plugins/check_log", "-p", "one\\ntwo", name="log")

    Right:
        Plugin("/usr/lib/nagios/plugins/check_log", "-f", "/etc/checkwright/patterns", name="log")
    """

    id = "N015"
    hint = "shorten or rename it, or pass the text in a file"


class ObjectTwice(Rule):
    """Two objects of Nagios have the same name, though the registry's names differ.

    The generator joins names with dots: the watch `a.b` and the variant `b` of a watch `a` give the
    same command.

    Wrong:
        office = Hours("always", "monday-friday 09:00-17:00")
        shop = Team("shop", email="shop@example.com", office_hours=office)

    Right:
        office = Hours("office", "monday-friday 09:00-17:00")
        shop = Team("shop", email="shop@example.com", office_hours=office)
    """

    id = "N017"
    hint = "rename the declaration"


class SudoNotExpressible(Rule):
    """A command runs as another account, but sudoers cannot allow exactly this command.

    sudo compares all arguments as one text. An argument that is empty or contains a blank would be
    ambiguous.

    Wrong:
        Plugin("/opt/plugins/check_raid", "--name", "md 0", name="raid", run_as="root")

    Right:
        Plugin("/opt/plugins/check_raid", "--name", "md0", name="raid", run_as="root")
    """

    id = "N019"
    hint = "change the argument, or pass it in a file that only root can write"
