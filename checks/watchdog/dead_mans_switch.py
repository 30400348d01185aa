"""Dead man's switch: reports to an external service that monitoring works."""

from checkwright import BadUsage, Check, Down, Literal, Metrics, Secret, gauge, option, uses, verdict
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.http import Http

#: Answers of healthchecks.io with status 200 for a report that nobody took.
_NOT_TAKEN = ("(not found)", "(rate limited)")


class DeadMansSwitch(Check):
    """Report to an external service with each run. The service alerts when the reports stop.

    Nothing else notices that Nagios, its worker or its network is gone: without checks, nothing looks wrong. Run it
    every minute from the monitoring server (`where="central", per="role", every="1m"`), as a check and not from cron,
    so that it stops with Nagios. The external service must have its own way to notify people.

    --form ping follows the protocol of healthchecks.io: a POST to a URL that ends in the key of the switch. A key that
    the service does not know is CRITICAL. --form alertmanager posts an alert named `Watchdog`, in the format of
    Alertmanager's webhooks.
    """

    thread_safe = True

    http = uses(Http)

    url: str = option("Address of the service", flags="-u --url", example="https://hc-ping.com")
    key: Secret | None = option("Rest of the address, such as the UUID of the switch", default=None)
    token: Secret | None = option("Bearer token", default=None)
    form: Literal["ping", "alertmanager"] = option("Form of the report", default="ping")
    sender: str = option("Name of the monitoring in the report", default="checkwright")
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")

    report = verdict("Report", ok=["taken"])
    time = gauge("Time", "s", warn=5)

    def validate(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise BadUsage(f"--url: {self.url!r} is not a URL such as https://hc-ping.com")

    def probe(self) -> Metrics:
        url = f"{self.url.rstrip('/')}/{self.key.value()}" if self.key else self.url
        headers = ("Content-Type: application/json",) if self.form == "alertmanager" else ()
        reply = self.http.request(
            "POST",
            url,
            token=self.token,
            headers=headers,
            body=self._body(),
            redirect="none",
            tls=TlsOptions(ca=self.ca),
        )
        if reply.status not in (200, 201, 202, 204):
            excerpt = f": {reply.excerpt()}" if reply.excerpt() else ""
            raise Down(f"the switch at {self.url} answered with status {reply.format_status()}{excerpt}")
        refused = self.form == "ping" and any(mark in reply.text for mark in _NOT_TAKEN)
        hint = f"{self.url} answers {reply.excerpt(60)}" if refused else f"by {self.url}"
        yield self.report("not taken" if refused else "taken", hint=hint)
        yield self.time(reply.seconds)

    def _body(self) -> bytes:
        """Return the report: a text for people, or version 4 of Alertmanager's webhook."""
        if self.form == "ping":
            return f"{self.sender} runs checks\n".encode()
        import json

        labels = {"alertname": "Watchdog", "severity": "none", "job": self.sender}
        alert = {"status": "firing", "labels": labels, "annotations": {"summary": f"{self.sender} runs checks"}}
        return json.dumps(
            {
                "version": "4",
                "status": "firing",
                "receiver": "watchdog",
                "groupKey": f"watchdog/{self.sender}",
                "groupLabels": {"alertname": "Watchdog"},
                "commonLabels": labels,
                "alerts": [alert],
            }
        ).encode()
