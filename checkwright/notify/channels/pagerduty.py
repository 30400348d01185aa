"""PagerDuty: Events API v2. One incident for each problem, by its dedup_key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.core.text import clean
from checkwright.notify.channel import DELIVERED, Outcome, text_of
from checkwright.notify.channel_http import json_request, judge, post
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import lines, title
from checkwright.notify.secret_file import NoSecret, read_secret

WHO = "PagerDuty"
URL = "https://events.pagerduty.com/v2/enqueue"
#: Longest summary of the API.
_SUMMARY = 1_024
_SEVERITIES = {"critical": "critical", "warning": "warning", "unknown": "error", "ok": "info"}


class PagerDuty:
    """Settings: key (file of the integration key), url, ca."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._key = text_of(settings, "key")
        self._url = text_of(settings, "url", URL)
        self._ca = text_of(settings, "ca", "")

    def send(self, incident: Incident) -> Outcome:
        if incident.action == "note":
            return DELIVERED  # an event without an incident would page
        try:
            key = read_secret(self._key)
        except NoSecret as error:
            return Outcome(f"{WHO}: {error}")
        event: dict[str, Any] = {"routing_key": key, "event_action": incident.action, "dedup_key": incident.key}
        if incident.action == "trigger":
            event |= {"payload": _payload(incident), "client": "checkwright"}
            links = [("Runbook", url) for url in incident.runbooks] + list(incident.links)
            event["links"] = [{"href": url, "text": name} for name, url in links]
            if links:
                event["client_url"] = links[-1][1]
        request = json_request(self._url, event, secrets=(key,), ca=self._ca)
        return judge(post(request, WHO), WHO, (202,), "success")


def _payload(incident: Incident) -> dict[str, Any]:
    details: dict[str, str] = {}
    for name, value in lines(incident):
        details[name] = f"{details[name]}\n{value}" if name in details else value
    if incident.details:
        details["Details"] = "\n".join(clean(line, 300) for line in incident.details.split("\n")[:20])
    return {
        "summary": title(incident, _SUMMARY),
        "source": incident.host,
        "severity": _SEVERITIES[incident.severity],
        "component": incident.watch or "host",
        "group": incident.environment,
        "custom_details": details,
    }
