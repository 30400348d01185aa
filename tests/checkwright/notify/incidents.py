"""An incident of a full disk, and its recovery and acknowledgement."""

from dataclasses import replace

from checkwright.notify.incident import Incident

PROBLEM = Incident(
    action="trigger",
    kind="PROBLEM",
    environment="production",
    host="pay-1",
    watch="disk",
    address="10.20.2.11",
    state="CRITICAL",
    severity="critical",
    output="Used space of /srv 95 % (critical above 90)",
    details="/srv 95 %\n/ 12 %",
    values=("Used space of /srv 95 % (critical above 90 %)",),
    runbooks=("https://runbooks.example.com/payments/",),
    links=(("Catalogue", "https://cat.example.com/host/production/pay-1.html#disk"),),
)
RECOVERY = replace(PROBLEM, action="resolve", kind="RECOVERY", state="OK", severity="ok", values=())
ACKNOWLEDGED = replace(
    PROBLEM, action="acknowledge", kind="ACKNOWLEDGEMENT", author="alice", comment="known, see 4711", values=()
)
