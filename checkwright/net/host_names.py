"""Host names and addresses as people write them."""


def to_ascii(name: str) -> str:
    """Return a host name as it is looked up: a name with other letters than a to z becomes `xn--...` by IDNA 2008.

    Raises UnicodeError for a name that cannot be one.
    """
    if name.isascii():
        return name
    import idna

    dot = "." if name.endswith(".") else ""
    return idna.encode(name.removesuffix("."), uts46=True).decode("ascii") + dot


def without_brackets(host: str) -> str:
    """Return a host without the brackets around an IPv6 address: `[::1]` and `::1` are the same."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") and ":" in host else host
