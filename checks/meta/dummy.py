"""Fixed result, for testing thresholds, notifications and pipelines."""

from checkwright import Check, Literal, Metrics, gauge, option, verdict


class Dummy(Check):
    """Value, state and text from the command line. It measures nothing.

    `check dummy --value 85 -w 80 -c 90` shows the effect of a threshold. `check dummy --state critical --text "a test"`
    shows if a CRITICAL reaches the engineer on call.
    """

    thread_safe = True

    number: float | None = option("Value to report", flags="--value", default=None, example="85")
    result: Literal["ok", "warning", "critical", "unknown"] | None = option(
        "State to report; by default ok, unless there is a value", flags="--state", default=None, example="critical"
    )
    text: str = option("Text to report", default="", example="a test of the pager")

    value = gauge("Value", optional=True)
    state = verdict("State", ok=["ok"], warn=["warning"], crit=["critical"])

    def probe(self) -> Metrics:
        if self.number is not None:
            yield self.value(self.number)
        if self.result or self.text or self.number is None:
            yield self.state(self.result or "ok", hint=self.text)
