"""Known notification commands, and the channel of a team that does the same. Never a key or an address of one."""

from __future__ import annotations

import re

#: Words of a command line, then the channel. The first match wins.
_KNOWN = tuple(
    (re.compile(pattern, re.IGNORECASE), channel)
    for pattern, channel in (
        (r"pagerduty|pd-nagios|pd-send|events\.pagerduty\.com", 'PagerDuty(key=Secret(file="pagerduty"))'),
        (r"opsgenie|nagios2opsgenie", 'Opsgenie(key=Secret(file="opsgenie"))'),
        (
            r"slack",
            'Slack(webhook=Secret(file="slack"))',
        ),
        (
            r"api\.telegram\.org|telegram|outlook\.office|discord|mattermost|rocket\.?chat|victorops|webhook",
            'Webhook(url=Secret(file="webhook"))',
        ),
        (
            r"(?<![a-z])sms(?![a-z])|sms(?:tools|d|client)|sendsms|gammu|twilio|clickatell",
            'Sms(url="https://GATEWAY/", to=("+NUMBER",), token=Secret(file="sms"))',
        ),
    )
)


def proposed_channel(command_line: str) -> str:
    """Return the channel that replaces a notification command, "" for an unknown one.

    Only the known word decides, so no part of the command line is repeated.
    """
    return next((channel for pattern, channel in _KNOWN if pattern.search(command_line)), "")
