"""Generic webhook: one JSON object for each notification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.notify.channel import BadSettings, Outcome, text_of
from checkwright.notify.channel_http import json_request, judge, post
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import text, title
from checkwright.notify.secret_file import NoSecret, read_secret

WHO = "the webhook"
_DELIVERED = (200, 201, 202, 204)


class Webhook:
    """Settings: url, or url_file (file of a secret URL); token (file of a bearer token, "" for none); ca."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = text_of(settings, "url", "")
        self._url_file = text_of(settings, "url_file", "")
        self._token = text_of(settings, "token", "")
        self._ca = text_of(settings, "ca", "")
        if bool(self._url) == bool(self._url_file):
            raise BadSettings("a webhook has either url or url_file")

    def send(self, incident: Incident) -> Outcome:
        body = {
            "version": 1,
            "key": incident.key,
            "title": title(incident),
            "text": text(incident),
            **incident.as_json(),
            "links": [{"title": name, "url": url} for name, url in incident.links],
        }
        try:
            url = self._url or read_secret(self._url_file)
            token = read_secret(self._token) if self._token else ""
        except NoSecret as error:
            return Outcome(f"{WHO}: {error}")
        secrets = tuple(filter(None, (url if self._url_file else "", token)))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = json_request(url, body, secrets=secrets, ca=self._ca, **headers)
        return judge(post(request, WHO), WHO, _DELIVERED)
