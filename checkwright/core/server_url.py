"""URLs of servers that people write in options and files."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_server_url(url: str) -> SplitResult | None:
    """Return the parts of an http or https URL with a host and a port that can exist, None for any other text."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port above 65535
        return None
    return parts if usable else None
