"""Findings as a SARIF 2.1.0 log, which code hosts and editors read."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from checkwright.cli.checkout import Checkout
from checkwright.cli.rule_pages import all_rules, documentation
from checkwright.registry.findings import Finding, Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: Results of one run that GitHub accepts.
MOST = 25_000
_ROOT = "%SRCROOT%"
#: Places in messages, which move without a change of the problem.
_LINE = re.compile(r":\d+\b")


def sarif_log(findings: Sequence[Finding], checkout: Checkout, project: str) -> dict[str, Any]:
    """Return a log with one run; errors come first, and results beyond MOST are left out.

    project: the project's folder relative to the checkout, for findings without a file. A fingerprint consists of the
    rule, the file and the message without lines, so that a result stays the same when lines are added above it.
    """
    ranked = sorted(findings, key=lambda one: one.severity != "error")[:MOST]
    known = {rule.id: rule for rule in all_rules()}
    used = [known[id] for id in sorted({one.id for one in ranked})]
    index = {rule.id: position for position, rule in enumerate(used)}
    seen: Counter[str] = Counter()
    driver = {
        "name": "checkctl lint",
        "organization": "checkwright",
        "semanticVersion": version("checkwright"),
        "rules": [_rule(rule) for rule in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, index[one.id], checkout, project, seen) for one in ranked],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: type[Rule]) -> dict[str, Any]:
    parts = documentation(rule)
    hint = f"What to do: {rule.hint}." if rule.hint else ""
    examples = [(name, text) for name, text in (("Wrong", parts.wrong), ("Right", parts.right)) if text]
    plain = [parts.title, parts.description, hint, *(f"{name}:\n{text}" for name, text in examples)]
    marked = [parts.title, parts.description, hint, *(_fenced(name, text, rule) for name, text in examples)]
    return {
        "id": rule.id,
        "name": rule.__name__,
        "shortDescription": {"text": parts.title},
        "fullDescription": {"text": _joined([parts.title, parts.description])},
        "help": {"text": _joined(plain), "markdown": _joined(marked)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _fenced(name: str, text: str, rule: type[Rule]) -> str:
    return f"{name}:\n\n```{rule.language}\n{text}\n```"


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, parts))


def _result(one: Finding, rule: int, checkout: Checkout, project: str, seen: Counter[str]) -> dict[str, Any]:
    path = checkout.path(one.origin) or project
    location: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if one.origin:
        location["region"] = {"startLine": max(one.origin.line, 1)}
    same = "\0".join((one.id, path, _LINE.sub("", one.message)))
    seen[same] += 1
    digest = hashlib.sha256(same.encode("utf-8", "surrogateescape")).hexdigest()
    return {
        "ruleId": one.id,
        "ruleIndex": rule,
        "level": one.severity,
        "message": {"text": _message(one)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"checkctlLint/v1": f"{digest}:{seen[same]}"},
    }


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": _ROOT}


def _message(one: Finding) -> str:
    """Return the text of a finding. `](` would make a link of names that are in it."""
    text = f"{one.message} ({one.hint})" if one.hint else one.message
    return text.replace("](", "] (")
