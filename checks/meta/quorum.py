"""States of several services as one: enough of each part must work."""

import time

from checkwright import BadUsage, CannotTell, Check, Metrics, gauge, option, verdict

_STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


class Quorum(Check):
    """State of a service that consists of parts, such as a checkout that needs web servers and a database.

    A part is a kind of service on several machines, and a least number of them that must work. A
    service works while it is OK or WARNING, its machine is up, and its result is recent. A part
    with too few is CRITICAL; it is UNKNOWN where only the results of some are missing. A part
    that has lost some and still has enough is WARNING.

    Nagios fills in the states, as macros in the command: `web-1=$SERVICESTATEID:web-1:http$,...`.
    A build writes the command of a business service; you write it only to try it.
    """

    thread_safe = True

    parts: tuple[str, ...] = option(
        "Part: name, least number, oldest result in seconds, and HOST=STATE,LAST CHECK,HOST STATE for each member",
        flags="--part",
        default=(),
        example="web:http 2 210 web-1=0,1796015000,0 web-2=2,1796015000,0",
    )

    part = verdict("Part", ok=["works"], warn=["has lost some"], crit=["has too few"])
    working = gauge("Working of", min=0)

    def validate(self) -> None:
        for text in self.parts:
            _parsed(text)

    def probe(self) -> Metrics:
        if not self.parts:
            raise CannotTell("there is no --part: a build of a business service writes them")
        now = time.time()
        for text in self.parts:
            name, least, oldest, members = _parsed(text)
            bad, unknown = [], []
            for host, values in members:
                state = _state_of(values, now - oldest)
                if state in ("UNKNOWN", "no recent result"):
                    unknown.append(f"{host} {state}")
                elif state not in ("OK", "WARNING"):
                    bad.append(f"{host} {state}")
            works = len(members) - len(bad) - len(unknown)
            word = "works" if works == len(members) else "has lost some"
            if works < least:
                word = "has too few" if works + len(unknown) < least else "may have too few"
            listed = ", ".join((*bad, *unknown)[:10]) + (", ..." if len(bad) + len(unknown) > 10 else "")
            needed = f"{works} of {len(members)} work, {least} needed"
            yield self.part(word, of=name, hint=f"{needed}: {listed}" if listed else needed)
            yield self.working(works, of=name)


def _parsed(text: str) -> tuple[str, int, int, list[tuple[str, tuple[int, int, int]]]]:
    """Return name, least number, oldest result, and members. Raises BadUsage."""
    words = text.split()
    try:
        name, least, oldest = words[0], int(words[1]), int(words[2])
        members = []
        for word in words[3:]:
            host, _, values = word.rpartition("=")
            state, checked, host_state = (int(value) for value in values.split(","))
            members.append((host, (state, checked, host_state)))
    except (ValueError, IndexError):
        form = "NAME LEAST OLDEST HOST=STATE,LAST_CHECK,HOST_STATE ..."
        raise BadUsage(f"--part {text[:200]!r} is not {form}: does Nagios have all of these services?") from None
    if not members or not 1 <= least <= len(members):
        raise BadUsage(f"--part {name}: at least {least} of {len(members)} members cannot be")
    return name, least, oldest, members


def _state_of(values: tuple[int, int, int], oldest: float) -> str:
    state, checked, host = values
    if host:
        return "DOWN"
    if checked < oldest:
        return "no recent result"
    return _STATES[state] if 0 <= state < len(_STATES) else "UNKNOWN"
