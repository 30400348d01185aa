"""A page as one HTML document: no other file, no network, nothing that another origin could add."""

from __future__ import annotations

import base64
import hashlib

from checkwright.web.markup import Markup, tag


def policy(style: str, script: str = "") -> str:
    """Return the Content-Security-Policy of a page: it loads nothing, and runs nothing but this script."""
    sources = {"style-src": style, "script-src": script}
    parts = [f"{name} 'sha256-{_digest(text)}'" for name, text in sources.items() if text]
    return "; ".join(("default-src 'none'", *parts, "base-uri 'none'", "form-action 'none'"))


def document(title: str, body: Markup, style: str, *, script: str = "", refresh: int = 0) -> str:
    """Return the text of a page.

    body: the content of its body. script: the only script that the page's policy permits, "" for none. refresh:
    seconds after which a browser loads the page again, 0 for never. Equal arguments give equal text.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, script)),
        *((tag("meta", http_equiv="refresh", content=str(refresh)),) if refresh else ()),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    scripts = (tag("script", Markup(script)),) if script else ()
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', body, *scripts), lang='en')}\n"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
