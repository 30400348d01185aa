"""Output of a check in the form that Sensu's agent reads without an error in its log.

The agent logs an error for each metric without a value, and for an output without a bar.
"""

#: Word of the option `--output` for this form.
SENSU = "sensu"
_UNDETERMINED = "U"


def for_sensu(text: str) -> str:
    """Return an output with exactly one bar, and without metrics that have no value.

    text: output of a check, whose labels contain no space. A text that went through here does not change.
    """
    lines, _, perfdata = text.partition("|")
    measured = [metric for metric in perfdata.split() if metric.partition("=")[2].partition(";")[0] != _UNDETERMINED]
    return " ".join((lines.rstrip(), "|", *measured))
