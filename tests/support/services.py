"""Nagios object files with a few services on one host."""

from collections.abc import Mapping

_FIXED = """\
define timeperiod {
    timeperiod_name always
    alias always
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
    sunday 00:00-24:00
}
define command {
    command_name nothing
    command_line /bin/true
}
define contact {
    contact_name nobody
    host_notification_period always
    service_notification_period always
    host_notification_commands nothing
    service_notification_commands nothing
}
define host {
    host_name here
    address 127.0.0.1
    max_check_attempts 1
    check_period always
    check_command nothing
    check_interval 60
    contacts nobody
    notification_period always
    notifications_enabled 0
}
"""
_SERVICE = """\
define command {{
    command_name run-{name}
    command_line {line}
}}
define service {{
    host_name here
    service_description {name}
    check_command run-{name}
    max_check_attempts 1
    check_interval {minutes}
    retry_interval {minutes}
    check_period always
    contacts nobody
    notifications_enabled 0
    notification_period always
    notification_interval 6000
}}
"""


def services(lines: Mapping[str, str], minutes: float = 60) -> dict[str, str]:
    """Return object files with a service for each command line, by name, on the host `here`. Escape `;` as `\\;`."""
    made = (_SERVICE.format(name=name, line=line, minutes=minutes) for name, line in lines.items())
    return {"services.cfg": _FIXED + "".join(made)}
