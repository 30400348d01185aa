"""status.dat of Nagios: blocks of NAME=VALUE lines, which Nagios replaces as a whole every few seconds.

A value ends with its line: Nagios writes a line break in output as `\\n` and a backslash as two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from checkwright.core.regular_file import read_regular
from checkwright.status.observed import (
    HOST_STATES,
    SERVICE_STATES,
    Observed,
    Remark,
    Snapshot,
    State,
    Unreadable,
    moment_of,
)

#: Places of status.dat: Debian's nagios4, Nagios's own installation, that of other distributions, and Naemon.
PLACES = (
    "/var/lib/nagios4/status.dat",
    "/var/cache/nagios4/status.dat",
    "/usr/local/nagios/var/status.dat",
    "/var/spool/nagios/status.dat",
    "/var/log/nagios/status.dat",
    "/var/lib/naemon/status.dat",
    "/var/cache/naemon/status.dat",
)
#: Bytes of the largest file that is read: about 200,000 services.
_LARGEST = 1_000_000_000
_ACKNOWLEDGEMENT = "4"  # entry_type of a comment
_ESCAPE = re.compile(r"\\(.)")
#: Last line of a block.
_END = b"\n\t}\n"
Block = dict[str, str]
_Kinds = dict[str, list[Block]]


def read(path: str) -> Snapshot:
    """Return the content of a file. Raises Unreadable: it is missing, half written, or no status.dat."""
    return parse(text_of(path), path)


def text_of(path: str) -> str:
    """Return the text of a file. Raises Unreadable."""
    try:
        return read_regular(path, _LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}{_hint(error)}") from None


def parse(text: str, path: str = "status.dat") -> Snapshot:
    """Return the content of a status.dat. Raises Unreadable. path: its name in messages."""
    try:
        return _snapshot(text, path)
    except (KeyError, ValueError, IndexError) as error:
        raise damaged(error, path) from None


def damaged(error: Exception, path: str) -> Unreadable:
    """Return the error of a file that lacks something or holds a wrong value."""
    reason = f"has a block without {error}" if isinstance(error, KeyError) else "has a line that Nagios does not write"
    return Unreadable(f"{path} {reason}: it is no status.dat of Nagios 4, or is damaged")


def blocks_of(data: bytes, host: str, service: str) -> str:
    """Return the part of a status.dat that concerns a service, or a host itself for "": a text for `parse`.

    It finds the blocks without parsing the others, so that a file of 200,000 services takes a fraction of a second.
    """
    parts = [_first_block(data, b"info"), _first_block(data, b"programstatus")]
    name = f"\thost_name={host}\n".encode("utf-8", "surrogateescape")
    further = f"\tservice_description={service}\n".encode("utf-8", "surrogateescape")
    at = data.find(name)
    while at >= 0:
        begin, end = data.rfind(b"\n", 0, data.rfind(b"{\n", 0, at)) + 1, data.find(_END, at) + len(_END)
        of_host = data.startswith(b"host", begin)
        if of_host or (service and data.startswith(further, at + len(name))):
            parts.append(data[begin:end])
        at = data.find(name, at + len(name))
    return b"".join(parts).decode("utf-8", "replace")


def _first_block(data: bytes, kind: bytes) -> bytes:
    begin = data.find(b"\n" + kind + b" {\n")
    end = data.find(_END, begin)
    return data[begin + 1 : end + len(_END)] if begin >= 0 and end >= 0 else b""


def read_blocks(text: str, path: str, only: Mapping[str, Sequence[str]] = MappingProxyType({})) -> _Kinds:
    """Return all blocks by their kind, such as hoststatus. Raises Unreadable, ValueError for a line that is none.

    only: the names to read of some kinds, which takes a fifth of the time for the many blocks of services.
    """
    if not text.strip():
        raise Unreadable(f"{path} is empty: Nagios has not written it yet, or its disk is full")
    blocks: dict[str, list[Block]] = {}
    for kind, block in _blocks(text, path, only):
        blocks.setdefault(kind, []).append(block)
    if "info" not in blocks or "programstatus" not in blocks:
        raise Unreadable(f"{path} is no status.dat of Nagios: it has no block info or programstatus")
    return blocks


def _snapshot(text: str, path: str) -> Snapshot:
    blocks = read_blocks(text, path)
    taken = moment_of(blocks["info"][0]["created"])
    remarks = _Remarks(blocks)
    hosts = {block["host_name"]: block for block in blocks.get("hoststatus", ())}
    found = [_observed(block, "", HOST_STATES, remarks, block) for block in hosts.values()]
    for block in blocks.get("servicestatus", ()):
        service = block["service_description"]
        found.append(_observed(block, service, SERVICE_STATES, remarks, hosts.get(block["host_name"], {})))
    return Snapshot(
        source=path,
        kind="nagios",
        taken=taken,
        observed=tuple(found),
        notes=tuple(_notes(blocks["programstatus"][0])),
    )


def _blocks(text: str, path: str, only: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, Block]]:
    """Yield kind and values of each block."""
    end = "\n\t}\n"
    *parts, rest = text.split(end)
    if any(line.strip() and not line.startswith("#") for line in rest.split("\n")):
        raise Unreadable(f"{path} ends in the middle of a block: it is half written or was cut; read it again")
    for part in parts:
        heading, _, body = part.partition("{\n\t")
        kind = heading.rpartition("\n")[2].strip()
        names = only.get(kind)
        yield kind, _picked(body, names) if names else dict(line.split("=", 1) for line in body.split("\n\t"))


def _picked(body: str, names: Sequence[str]) -> Block:
    """Return those of the names that a block has."""
    text = f"\n\t{body}\n\t"
    found = {}
    for name in names:
        begin = text.find(f"\n\t{name}=")
        if begin >= 0:
            begin += len(name) + 3
            found[name] = text[begin : text.index("\n\t", begin)]
    return found


class _Remarks:
    """Acknowledgements and downtimes by host and service; the last one of each."""

    def __init__(self, blocks: Mapping[str, list[Block]]) -> None:
        self.acknowledged: dict[tuple[str, str], Remark] = {}
        self.downtimes: dict[tuple[str, str], Remark] = {}
        for block in (*blocks.get("hostcomment", ()), *blocks.get("servicecomment", ())):
            if block["entry_type"] == _ACKNOWLEDGEMENT:
                remark = Remark(block["author"], block["comment_data"], moment_of(block["entry_time"]))
                self.acknowledged[_key(block)] = remark
        for block in (*blocks.get("hostdowntime", ()), *blocks.get("servicedowntime", ())):
            if block["is_in_effect"] == "1":
                start, end = moment_of(block["start_time"]), moment_of(block["end_time"])
                self.downtimes[_key(block)] = Remark(block["author"], block["comment"], start, end)


def _key(block: Block) -> tuple[str, str]:
    return block["host_name"], block.get("service_description", "")


def _observed(block: Block, service: str, states: tuple[State, ...], remarks: _Remarks, host: Block) -> Observed:
    key = block["host_name"], service
    acknowledged = block["problem_has_been_acknowledged"] == "1"
    return Observed(
        host=block["host_name"],
        service=service,
        environment=_variable(block, "_ENVIRONMENT") or _variable(host, "_ENVIRONMENT"),
        state=states[int(block["current_state"])],
        confirmed=block["state_type"] == "1",
        since=moment_of(block["last_state_change"]),
        last_check=moment_of(block["last_check"]),
        checked=block["has_been_checked"] == "1",
        output=block["plugin_output"],
        details=_unescaped(block["long_plugin_output"]),
        perfdata=block.get("performance_data", ""),
        flapping=block["is_flapping"] == "1",
        acknowledged=acknowledged,
        acknowledgement=remarks.acknowledged.get(key) if acknowledged else None,
        in_downtime=int(block["scheduled_downtime_depth"]) > 0,
        downtime=remarks.downtimes.get(key),
        notified=block["notifications_enabled"] == "1",
    )


def _variable(block: Block, name: str) -> str:
    """Return a custom variable, which status.dat holds as `MODIFIED;VALUE`."""
    return block.get(name, "").partition(";")[2]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text


def _notes(program: Block) -> Iterator[str]:
    if program["enable_notifications"] == "0":
        yield "Nagios sends no notifications: they are switched off for all of it."
    if program["active_service_checks_enabled"] == "0":
        yield "Nagios runs no checks of services: they are switched off for all of it."


def _hint(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "; a running Nagios writes it, to the status_file of its main configuration"
    if isinstance(error, PermissionError):
        return f"; it belongs to the user of Nagios, and this is uid {os.geteuid()}"
    return ""
