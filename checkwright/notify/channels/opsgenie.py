"""Opsgenie: Alert API. One alert for each problem, by its alias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from checkwright.core.text import clean
from checkwright.notify.channel import DELIVERED, Outcome, text_of
from checkwright.notify.channel_http import json_request, judge, post
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import lines, text, title
from checkwright.notify.secret_file import NoSecret, read_secret

WHO = "Opsgenie"
URL = "https://api.opsgenie.com"
#: Longest texts of the API.
_MESSAGE, _NOTE = 130, 2_000
_PRIORITIES = {"critical": "P1", "warning": "P3", "unknown": "P2", "ok": "P5"}


class Opsgenie:
    """Settings: key (file of the API key), url, ca."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._key = text_of(settings, "key")
        self._url = text_of(settings, "url", URL).rstrip("/")
        self._ca = text_of(settings, "ca", "")

    def send(self, incident: Incident) -> Outcome:
        if incident.action == "note":
            return DELIVERED  # a note has no alert to which it belongs
        try:
            key = read_secret(self._key)
        except NoSecret as error:
            return Outcome(f"{WHO}: {error}")
        path, body = _request(incident)
        request = json_request(
            f"{self._url}/v2/alerts{path}", body, secrets=(key,), ca=self._ca, Authorization=f"GenieKey {key}"
        )
        return judge(post(request, WHO), WHO, (202,), "requestId")


def _request(incident: Incident) -> tuple[str, dict[str, Any]]:
    if incident.action == "trigger":
        return "", {
            "message": title(incident, _MESSAGE),
            "alias": incident.key,
            "description": text(incident)[:15_000],
            "entity": incident.host,
            "source": "checkwright",
            "priority": _PRIORITIES[incident.severity],
            "tags": [incident.environment],
            "details": {name: clean(value, 500) for name, value in lines(incident)},
        }
    command = "close" if incident.action == "resolve" else "acknowledge"
    note = {"note": title(incident, _NOTE), "source": "checkwright"}
    if incident.author:
        note["user"] = clean(incident.author, 100)
    return f"/{quote(incident.key, safe='')}/{command}?identifierType=alias", note
