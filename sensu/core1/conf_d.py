"""Files of `/etc/sensu/conf.d` from definitions. Equal definitions give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sensu.core1.definitions import Check
from sensu.core1.render import TURNS, Definitions


def files(made: Definitions) -> dict[str, str]:
    """Return {path: text}. `server/` belongs to the server's conf.d, `clients/HOST/` to that machine's.

    `central/client.json` belongs to each machine that runs central checks, and `proxies/HOST.json` is posted to the
    API's /clients. Core merges all files of a folder, so other settings can be in the same folder.
    """
    written = {"server/checks.json": _text(_checks(made.checks))}
    if made.handlers:
        handlers = {"handlers": {one.name: one.fields() for one in made.handlers}}
        filters = {"filters": {one.name: one.fields() for one in made.filters}} if made.filters else {}
        written["server/handlers.json"] = _text(handlers | filters)
    for turns in {one for check in made.checks for one in check.subscribers if one.startswith(TURNS)}:
        written[f"{turns.removeprefix(TURNS)}/client.json"] = _text({"client": {"subscriptions": [turns]}})
    for client in made.clients:
        written[f"clients/{client.name}/client.json"] = _text({"client": client.fields()})
    for host, checks in made.standalone.items():
        written[f"clients/{host}/checks.json"] = _text(_checks(checks))
    for client in made.proxies:
        written[f"proxies/{client.name}.json"] = _text(client.fields())
    return dict(sorted(written.items()))


def _checks(checks: Iterable[Check]) -> dict[str, Any]:
    return {"checks": {check.name: check.fields() for check in checks}}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
