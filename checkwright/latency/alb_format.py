"""Access logs of AWS Application Load Balancers, as S3 holds them (gzip).

The server's time is request_processing_time + target_processing_time; sending the answer to the client is not logged.
The moment is that of the answer. Fields that Amazon adds at the end are skipped.
"""

from checkwright.latency.log_format import ISO_SECOND, QUOTED, STATUS, WORD, Field, LogFormat, compiled, kind_of
from checkwright.latency.log_times import Clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.latency.log_format import Decoded

_TEXT = Field("", b'"' + QUOTED + b'"')
_WORD = Field("", WORD)
_TIMES = rb"-?+[\d.]++ -?+[\d.]++ -?+[\d.]++"
_MOMENT = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d++)?Z"


def alb_format() -> LogFormat:
    """Return the format of Application Load Balancers."""
    # type time elb client:port target:port TIMES elb_status target_status received sent "request" "agent" cipher
    # protocol target_group "trace" "domain" "certificate" priority creation_time ...
    parts: list[bytes | Field] = [
        *(_WORD, b" ", Field("time", ISO_SECOND + b"(Z)"), b" ", _WORD, b" ", _WORD, b" ", _WORD, b" "),
        *(Field("server", _TIMES), b" ", Field("status", STATUS), b" ", Field("", STATUS), b" "),
        *(_WORD, b" ", _WORD, b" ", b'"', Field("request", QUOTED), b'" ', _TEXT, b" ", _WORD, b" ", _WORD, b" "),
        *(_WORD, b" ", _TEXT, b" ", _TEXT, b" ", _TEXT, b" ", _WORD, b" ", Field("total", _MOMENT)),
    ]
    created = Clock("iso")

    def decode(moment: float, status: bytes, server: bytes, total: bytes) -> "Decoded":
        kind = kind_of(status)
        if b"-1" not in server:
            request, target, response = (round(float(one) * 1_000) for one in server.split(b" "))
            return kind, request + target, request + target + response
        if kind not in ("cut", "5xx"):  # the load balancer answered by itself, such as with a redirect
            return kind, None, None
        reached = max(0, round((moment - created(total[:-1], b"Z")) * 1_000))
        return "cut", reached, reached

    return compiled("alb", parts, "iso", decode, ends=True, separate=False, more=rb"(?: [^\n]*+)?")
