"""Files as PNP4Nagios writes them: an RRD for each service, filled by the real rrdtool, and its XML."""

import subprocess
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.support.real import require

#: Archives of PNP4Nagios: a value each minute for 2 days, 5 minutes for 10 days, 30 minutes for 90 days.
ARCHIVES = ("RRA:AVERAGE:0.5:1:2880", "RRA:AVERAGE:0.5:5:2880", "RRA:AVERAGE:0.5:30:4320")
_SOURCE = """<DATASOURCE>
<TEMPLATE>check_any</TEMPLATE>
<RRDFILE>{file}</RRDFILE>
<RRD_STORAGE_TYPE>{kind}</RRD_STORAGE_TYPE>
<IS_MULTI>0</IS_MULTI>
<DS>{number}</DS>
<NAME>{name}</NAME>
<LABEL>{label}</LABEL>
<UNIT>%%</UNIT>
<ACT>1</ACT>
<WARN></WARN>
</DATASOURCE>
"""


def write_service(
    folder: Path,
    host: str,
    service: str,
    labels: Sequence[str],
    rows: Sequence[tuple[int, Sequence[float]]],
    *,
    multiple: bool,
) -> None:
    """Write a service with a value for each label at each moment. multiple: a file for each value."""
    rrdtool = require("rrdtool", package="rrdtool")
    place = folder / host
    place.mkdir(parents=True, exist_ok=True)
    groups = [[number] for number in range(len(labels))] if multiple else [list(range(len(labels)))]
    sources = []
    for group in groups:
        name = f"{service}_{_clean(labels[group[0]])}" if multiple else service
        file = place / f"{name}.rrd"
        columns = [f"DS:{number + 1}:GAUGE:8460:U:U" for number in range(len(group))]
        start = str(rows[0][0] - 60)
        _run([rrdtool, "create", str(file), "--start", start, "--step", "60", *columns, *ARCHIVES])
        values = [f"{moment}:{':'.join(str(row[number]) for number in group)}" for moment, row in rows]
        for first in range(0, len(values), 2_000):
            _run([rrdtool, "update", str(file), *values[first : first + 2_000]])
        for number, column in enumerate(group, 1):
            sources.append(
                _SOURCE.format(
                    file=f"/var/lib/pnp4nagios/{host}/{name}.rrd",
                    kind="MULTIPLE" if multiple else "SINGLE",
                    number=number,
                    name=_clean(labels[column]),
                    label=escape(labels[column]),
                )
            )
    text = "".join(sources)
    names = (
        f"<NAGIOS_HOSTNAME>{escape(host)}</NAGIOS_HOSTNAME>\n<NAGIOS_SERVICEDESC>{escape(service)}</NAGIOS_SERVICEDESC>"
    )
    (place / f"{service}.xml").write_text(f'<?xml version="1.0"?>\n<NAGIOS>\n{text}{names}\n</NAGIOS>\n')


def _clean(label: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in label)


def _run(argv: Sequence[str]) -> None:
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
