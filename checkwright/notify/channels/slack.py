"""Slack: incoming webhook. The URL is the secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.notify.channel import Outcome, text_of
from checkwright.notify.channel_http import json_request, judge, post
from checkwright.notify.incident import Incident
from checkwright.notify.phone_text import lines, title
from checkwright.notify.secret_file import NoSecret, read_secret

WHO = "Slack"
_MARKS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:", "unknown": ":white_circle:"}
_OK = ":large_green_circle:"
#: Longest text of a section.
_SECTION = 3_000


class Slack:
    """Settings: webhook (file of the URL), ca."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._webhook = text_of(settings, "webhook")
        self._ca = text_of(settings, "ca", "")

    def send(self, incident: Incident) -> Outcome:
        try:
            url = read_secret(self._webhook)
        except NoSecret as error:
            return Outcome(f"{WHO}: {error}")
        request = json_request(url, message(incident), secrets=(url,), ca=self._ca)
        return judge(post(request, WHO), WHO, (200,), "ok")


def message(incident: Incident) -> dict[str, Any]:
    """Return the body of the webhook. `text` is what a lock screen shows."""
    mark = _MARKS.get(incident.severity, _OK) if incident.action == "trigger" else _OK
    short = f"{mark} {escape(title(incident))}"
    shown = []
    for name, value in lines(incident):
        linked = value.startswith(("http://", "https://")) and not set(value) & set("|<> ")
        shown.append(f"<{escape(value)}|{name}>" if linked else f"*{name}* {escape(value)}")
    section = "\n".join(shown)[:_SECTION]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in (short, section)]
    return {"text": short, "blocks": blocks}


def escape(text: str) -> str:
    """Return a text that Slack reads as text: no link, no mention of @channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
