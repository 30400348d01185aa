"""Says what it is told: to try thresholds, notifications and pipelines."""

from checkwright import Check, Literal, Metrics, gauge, option, verdict


class Dummy(Check):
    """Reports the value, the state and the text of its own command line.

    It measures nothing. `check dummy --value 85 -w 80 -c 90` shows what a
    threshold does, `check dummy --state critical --text "a test"` whether a
    CRITICAL reaches the one who is on call.
    """

    thread_safe = True

    number: float | None = option("Value to report", flags="--value", default=None, example="85")
    said: Literal["ok", "warning", "critical", "unknown"] | None = option(
        "State to report; ok where no value is given", flags="--state", default=None, example="critical"
    )
    text: str = option("Text to report", default="", example="a test of the pager")

    value = gauge("Value", optional=True)
    state = verdict("State", ok=["ok"], warn=["warning"], crit=["critical"])

    def probe(self) -> Metrics:
        if self.number is not None:
            yield self.value(self.number)
        if self.said or self.text or self.number is None:
            yield self.state(self.said or "ok", hint=self.text)
