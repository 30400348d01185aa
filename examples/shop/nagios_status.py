"""Synthetic status.dat of a night at the shop, for `checkctl status`.

`python3 examples/shop/nagios_status.py FILE` writes the file as the Nagios of production would, now: every service of
the built configuration, some of them with problems. The fields are those of Nagios 4.4.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan

#: Host and service: state, seconds since it changed, output, long output.
PROBLEMS = {
    ("pay-1", "checkout"): (
        2,
        840,
        "CHECKOUT CRITICAL: Database connections in use 97.5 % (above 95 %) (3 ok)",
        r"OK: Status up\nOK: Response time 412 ms\nOK: Orders waiting 61",
    ),
    ("pay-2", "disk"): (1, 10_800, "DISK WARNING: /srv 83 % (warning above 75)", ""),
    ("queue.production", "order_queue"): (3, 300, "ORDER_QUEUE UNKNOWN: cannot connect to 10.20.3.9 port 6379", ""),
    ("api-2", "api"): (2, 150, "HTTP CRITICAL: GET http://10.20.1.22:8080/health: connection refused", ""),
    ("site.production", "tls_certificate"): (1, 172_800, "TLS_CERTIFICATE WARNING: shop.example.com 12 days left", ""),
    ("db-1", "backup"): (2, 25_200, "HEARTBEAT CRITICAL: backup last ran 1.3 days ago (critical above 1.1)", ""),
    ("web-2", "http"): (2, 2_400, "HTTP CRITICAL: GET http://10.20.1.12/: no answer within 10 s", ""),
    ("mon-1", "processes"): (1, 4_000, "PROCESSES WARNING: 312 processes (warning above 300)", ""),
    ("old-web-7", "load"): (2, 900_000, "LOAD CRITICAL: 31.2 on 4 processors", ""),
}
ACKNOWLEDGED = {("db-1", "backup"): ("erik", "the disk of the backup server is full; ordered, arrives on Tuesday")}
DOWNTIMES = {("web-2", "http"): ("dana", "new kernel, RFC 4711", 7_200)}


def main(path: Path) -> None:
    made, _ = plan(str(Path(__file__).parent), "production")
    path.write_text("".join(blocks(made, int(time.time()) - 7)), encoding="utf-8")


def blocks(made: Plan, now: int) -> Iterator[str]:
    """Yield the blocks of the file. now: the moment when it was written."""
    yield block("info", {"created": now, "version": "4.4.6"})
    yield block("programstatus", {"enable_notifications": 1, "active_service_checks_enabled": 1})
    for machine in made.hosts:
        yield block("hoststatus", {"host_name": machine.name, **state(0, now - 900_000, now - 30, "PING OK", "")})
    services = {(host, entry.name) for entry in made.entries for host in entry.hosts}
    services |= {(host, "nrpe") for entry in made.entries if entry.transport == "nrpe" for host in entry.hosts}
    for host, service in sorted(services | PROBLEMS.keys()):
        number, seconds, output, details = PROBLEMS.get((host, service), (0, 900_000, "OK", ""))
        fields = state(number, now - seconds, now - 20, output, details)
        fields |= {"problem_has_been_acknowledged": int((host, service) in ACKNOWLEDGED)}
        fields |= {"scheduled_downtime_depth": int((host, service) in DOWNTIMES), "_ENVIRONMENT": "0;production"}
        yield block("servicestatus", {"host_name": host, "service_description": service, **fields})
    for (host, service), (author, text) in ACKNOWLEDGED.items():
        fields = {"entry_type": 4, "entry_time": now - 3_600, "author": author, "comment_data": text}
        yield block("servicecomment", {"host_name": host, "service_description": service, **fields})
    for (host, service), (author, text, left) in DOWNTIMES.items():
        fields = {"start_time": now - 2_700, "end_time": now + left, "is_in_effect": 1, "author": author}
        yield block("servicedowntime", {"host_name": host, "service_description": service, **fields, "comment": text})


def state(number: int, changed: int, checked: int, output: str, details: str) -> dict[str, object]:
    return {
        "has_been_checked": 1,
        "current_state": number,
        "plugin_output": output,
        "long_plugin_output": details,
        "last_check": checked,
        "state_type": 1,
        "last_state_change": changed,
        "notifications_enabled": 1,
        "problem_has_been_acknowledged": 0,
        "is_flapping": 0,
        "scheduled_downtime_depth": 0,
    }


def block(kind: str, fields: dict[str, object]) -> str:
    lines = "".join(f"\t{name}={value}\n" for name, value in fields.items())
    return f"{kind} {{\n{lines}\t}}\n\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
