"""SMS gateway by HTTP: a POST of {"to": NUMBER, "text": TEXT}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.notify.channel import Outcome, text_of
from checkwright.notify.channel_http import json_request, judge, post
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import sms
from checkwright.notify.secret_file import NoSecret, read_secret

WHO = "the SMS gateway"
_DELIVERED = (200, 201, 202, 204)


class Sms:
    """Settings: url, to (one number), token (file of a bearer token, "" for none), ca."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = text_of(settings, "url")
        self._to = text_of(settings, "to")
        self._token = text_of(settings, "token", "")
        self._ca = text_of(settings, "ca", "")

    def send(self, incident: Incident) -> Outcome:
        try:
            token = read_secret(self._token) if self._token else ""
        except NoSecret as error:
            return Outcome(f"{WHO}: {error}")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"to": self._to, "text": sms(incident)}
        request = json_request(self._url, body, secrets=(token,) if token else (), ca=self._ca, **headers)
        return judge(post(request, WHO), WHO, _DELIVERED)
