"""HAProxy's `option httplog`, `option httpslog`, and `log-format` strings.

The server's time is Tw + Tc + Tr: in the queue, to connect, and until the head of the answer. The total is Ta (Tt
before version 1.7). A line has the moment at that the request came, in the machine's local time, and lines are in the
order of the ends. A timer of -1 means that the request did not get that far.
"""

import re

from checkwright.core.errors import BadUsage
from checkwright.latency.log_format import CLF_SECOND, QUOTED, STATUS, WORD, ZONE, Field, LogFormat, compiled, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.log_format import Decoded, Decoder

HTTPLOG = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
#: Name and process in front of lines that went through syslog: `Nov 29 14:05:33 lb-1 haproxy[812]: `.
_SYSLOG = rb"(?:[^\n\[]*+\[\d++\]: |[^\n\[]*: )?"
_MILLISECOND = CLF_SECOND[:-1] + rb"(?:\.\d{3})?)"
_TIMES = {
    **dict.fromkeys(("tr", "t"), (_MILLISECOND, "clf")),
    **dict.fromkeys(("trl", "trg", "T", "Tl"), (CLF_SECOND + b" " + ZONE, "clf")),
    "Ts": (rb"(\d++)", "epoch"),
}
_TIMER = r"%T[RqwcratdihI](?![A-Za-z])"
_TOKEN = re.compile(
    rf"(?P<timers>{_TIMER}(?:[^%\n]*{_TIMER})*)"
    r"|(?P<captures> ?%h[rs](?![A-Za-z]))"
    r"|%(?:\{(?P<flags>[^}]*)\})?(?:(?P<sample>\[[^\]]*\])|(?P<tag>[A-Za-z]+))"
    r"|(?P<spaces> +)"
)
#: A request line without quotes around it.
_REQUEST = rb"(?:<BADREQ>|[^ \n]*+ [^ \n]*+(?: HTTP/[.\d]++)?)"
_TARGET = rb"[^ \n\"]*+"
_ROLES = {
    "r": ("request", _REQUEST),
    "HM": ("method", _TARGET),
    "HU": ("target", _TARGET),
    "HP": ("target", _TARGET),
    "HPO": ("target", _TARGET),
    "ST": ("status", STATUS),
}


def haproxy_format(text: str = "") -> LogFormat:
    """Compile HAProxy's format: that of `option httplog` by default, or a `log-format` string.

    Raises BadUsage with a sentence that says what is wrong.
    """
    template = _template(text)
    standard = template == HTTPLOG
    parts: list[bytes | Field] = []
    timers = clock = ""
    at = 0
    for token in _TOKEN.finditer(template):
        parts.append(template[at : token.start()].encode())
        at = token.end()
        word = token["tag"] or ""
        if token["spaces"]:  # HAProxy joins the spaces around an empty text
            before = parts[-2] if len(parts) > 1 and parts[-1] == b"" else b""
            if isinstance(before, Field) and not before.pattern:
                parts[-2] = Field(before.role, WORD)
            parts.append(Field("", b" ++"))
        elif token["captures"]:
            parts.append(Field("", rb"(?: ?\{[^}\n]*+\})?"))
        elif token["timers"]:
            parts.append(Field("" if timers else "server", _timers(token["timers"])))
            timers = timers or token["timers"]
        elif word in _TIMES:
            pattern, kind = _TIMES[word]
            parts.append(Field("" if clock else "time", pattern))
            clock = clock or kind
        else:
            role, pattern = _ROLES.get(word, ("", b""))
            flags = (token["flags"] or "").split(",")
            parts += [b'"', Field(role, QUOTED), b'"'] if "+Q" in flags else [Field(role, pattern)]
    parts.append(template[at:].encode())
    order = [timer[1:] for timer in re.findall(_TIMER, timers)]
    if "Tr" not in order:
        raise BadUsage("the log-format lacks %Tr next to %Tw and %Tc: without it there is no time of the server")
    more = rb"(?: [^\n]*+)?" if standard else b""  # lines of httpslog have more fields
    return compiled(
        "httplog" if standard else "log-format",
        [part for part in parts if part != b""],
        clock or "clf",
        _decoder(timers, order),
        ends=False,
        separate=False,
        prefix=_SYSLOG,
        more=more,
    )


def _template(text: str) -> str:
    text = text.strip()
    if text in ("", "httplog", "option httplog", "option httpslog", "haproxy"):
        return HTTPLOG
    text = text.removeprefix("log-format").strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace('\\"', '"')
    return re.sub(r"\\(.)", r"\1", text)


def _timers(run: str) -> bytes:
    """Return an expression for a run of timers and the text between them."""
    literals = re.split(_TIMER, run)
    return b"".join(re.escape(one.encode()) + rb"\+?+-?+\d++" for one in literals[:-1])


def _decoder(run: str, order: list[str]) -> "Decoder":
    """Return a function that reads the timers of a line."""
    between = set(re.split(_TIMER, run)[1:-1])
    separator = between.pop().encode() if len(between) == 1 else b""
    read = re.compile(_timers(run).replace(rb"-?+\d++", rb"(-?+\d++)")).match
    waited = [at for at, name in enumerate(order) if name in ("Tw", "Tc")]
    answered = order.index("Tr")
    whole = next((order.index(name) for name in ("Ta", "Tt") if name in order), None)

    def decode(_moment: float, status: bytes, server: bytes, _total: bytes) -> "Decoded":
        if separator:
            texts = server.split(separator)
        elif (found := read(server)) is not None:
            texts = [*found.groups()]
        else:
            raise ValueError(f"{server!r} are no timers")
        total = None if whole is None else max(0, int(texts[whole]))
        kind = kind_of(status)
        milliseconds = int(texts[answered])
        if milliseconds >= 0:
            for at in waited:
                if texts[at] != b"0":
                    milliseconds += max(0, int(texts[at]))
            return kind, milliseconds, total
        # The answer never came, or HAProxy gave it itself, as for a redirect or a request that it denies.
        return ("cut", total, total) if kind in ("cut", "5xx") else (kind, None, total)

    return decode
