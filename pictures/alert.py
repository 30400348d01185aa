"""The alert of the checkout service: built from the registry, and delivered by `checkwright-notify` to a webhook."""

from __future__ import annotations

import json
import time
from pathlib import Path

from rich.text import Text

from pictures.run import BIN, Unexpected, silently
from pictures.shop import ROOT, check_words, checkout_service, copied, edit
from shop.nagios_status import block, state
from tests.support.servers import web_server

_LONGEST_WAIT = 60
_HOOK = "/alerts"
#: Moment of the check in status.dat: 29 November 2026, 23:34 UTC. No text shows it.
_CHECKED = 1_795_995_240


def alert(folder: Path) -> Text:
    """Return the title and the text that the webhook of the team payments receives."""
    message = deliver(folder)
    lines = message["text"].rstrip("\n")
    return Text.assemble((message["title"], "bold"), "\n\n", lines)


def deliver(folder: Path) -> dict[str, str]:
    """Build production of a copy with a webhook, notify as Nagios does, and return what the webhook received."""
    shop = copied(folder)
    with web_server({_HOOK: (200, {}, b"")}) as server:
        url = f"http://127.0.0.1:{server.port}{_HOOK}"
        edit(shop / "fleet/payments.py", 'page="payments-pager",', f'channels=(Webhook(url="{url}"),),')
        edit(shop / "fleet/payments.py", "import Role, Team, Watch", "import Role, Team, Watch, Webhook")
        links = 'catalogue="https://catalogue.example.com", graphs="https://graphs.example.com/d/{host}/{watch}"'
        edit(shop / "fleet/environments.py", 'watched_by="the pager', f'{links}, watched_by="the pager')
        silently((str(BIN / "checkctl"), "nagios", "build", "production", "--out", str(folder / "built")), shop)
        (folder / "status.dat").write_text(_status(folder), encoding="utf-8")
        about = ("--host=pay-1", "--address=10.20.2.11", "--watch=checkout", "--state=CRITICAL", "--roles=payments-api")
        files = (f"--config={folder}/built/notify/production.json", f"--status-file={folder}/status.dat")
        team = ("--team=payments", "--level=page", "--type=PROBLEM", f"--last-check={_CHECKED}")
        words = (str(BIN / "checkwright-notify"), "nagios", *about, *files, *team, f"--spool={folder}/spool")
        silently(words, folder)
        end = time.monotonic() + _LONGEST_WAIT
        while not server.seen:
            if time.monotonic() > end:
                raise Unexpected(f"no notification arrived: {(folder / 'spool/notify.log').read_text()}")
            time.sleep(0.05)
        found: dict[str, str] = json.loads(server.seen[0][3])
    return found


def _status(folder: Path) -> str:
    """Return a status.dat with the result of the check, as Nagios writes it."""
    with checkout_service() as url:
        line, _, values = silently(check_words(url), ROOT, expected=2).strip().partition(" | ")
    fields = state(2, _CHECKED, _CHECKED, line, "") | {"performance_data": values}
    service = block("servicestatus", {"host_name": "pay-1", "service_description": "checkout", **fields})
    program = block("programstatus", {"enable_notifications": 1, "active_service_checks_enabled": 1})
    info = block("info", {"created": _CHECKED + 5, "version": "4.4.6"})
    return f"# Nagios writes a comment first\n\n{info}{program}{service}"
