"""States of the parts of a business service, as macros that Nagios expands in the command of its check."""

from __future__ import annotations

from collections.abc import Sequence

from checkwright.registry.plan import Part
from nagios_cfg.quote import NAGIOS_LINE_LIMIT, Unquotable


def part_arguments(parts: Sequence[Part]) -> str:
    """Return the end of a command line: a --part for each part, with the state of each of its services.

    Nagios expands the macros of other services at the time of the check. Raises Unquotable for too many services.
    """
    states = (" ".join(_member(*member) for member in part.members) for part in parts)
    text = "".join(f" --part '{_literal(part)} {of_part}'" for part, of_part in zip(parts, states, strict=True))
    if (size := len(text.encode())) > NAGIOS_LINE_LIMIT:
        services = sum(len(part.members) for part in parts)
        raise Unquotable(f"the states of its {services} services are {size} bytes, above {NAGIOS_LINE_LIMIT}: split it")
    return text


def _literal(part: Part) -> str:
    name = part.name.replace("'", "'\\''").replace("$", "$$")
    return f"{name} {part.at_least} {part.oldest}"


def _member(host: str, watch: str) -> str:
    service = f"{host}:{watch}"
    return f"{host}=$SERVICESTATEID:{service}$,$LASTSERVICECHECK:{service}$,$HOSTSTATEID:{host}$"
