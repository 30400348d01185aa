"""A page as one HTML document: no other file, no network, nothing that another origin could add."""

from __future__ import annotations

import base64
import hashlib

from checkwright.web.markup import Markup, tag


def document(title: str, body: Markup, style: str, *, script: str = "", refresh: int = 0) -> str:
    """Return the text of a page.

    body: the content of its body. script: the only script that the page's policy permits, "" for none. refresh:
    seconds after which a browser loads the page again, 0 for never. Equal arguments give equal text.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        *((tag("meta", http_equiv="refresh", content=str(refresh)),) if refresh else ()),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    scripts = (tag("script", Markup(script)),) if script else ()
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', body, *scripts), lang='en')}\n"
