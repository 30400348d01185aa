"""status.dat: what Nagios writes, and one clear sentence for anything else. test_real_nagios.py reads a real one."""

import os
from pathlib import Path

import pytest

from checkwright.status.observed import Remark, Unreadable
from checkwright.status.status_dat import parse, read
from shop.nagios_status import block
from tests.checkwright.status.night import HOSTILE, NOW, SERVICES, bad, status_text


def test_services_and_hosts_are_read() -> None:
    found = parse(status_text({("web-1", "http"): bad(long_plugin_output=r"one\ntwo \\n three", state_type=0)}))
    assert (found.kind, found.taken, found.notes) == ("nagios", NOW, ())
    assert len(found.observed) == 3 + len(SERVICES)
    (one,) = (one for one in found.observed if one.state == "CRITICAL")
    assert (one.host, one.service, one.environment, one.output) == ("web-1", "http", "production", "broken")
    assert one.details == "one\ntwo \\n three"
    assert (one.since, one.last_check, one.confirmed) == (NOW - 600, NOW - 20, False)


def test_environment_of_a_service_is_that_of_its_host() -> None:
    text = status_text({("web-1", "http"): bad(_ENVIRONMENT="0;")}, environment="qa")
    assert {one.environment for one in parse(text).observed} == {"qa"}


def test_acknowledgements_and_downtimes_have_their_words() -> None:
    key = {"host_name": "web-1", "service_description": "http"}
    text = status_text(
        {("web-1", "http"): bad(problem_has_been_acknowledged=1, scheduled_downtime_depth=1)},
        {},
        block("servicecomment", {**key, "entry_type": 1, "entry_time": 1, "author": "x", "comment_data": "no"}),
        block(
            "servicecomment", {**key, "entry_type": 4, "entry_time": 2, "author": "al=ice", "comment_data": "a=b; c"}
        ),
        block(
            "servicedowntime",
            {**key, "start_time": 3, "end_time": 4, "is_in_effect": 1, "author": "bob", "comment": "disks"},
        ),
        block(
            "servicedowntime",
            {**key, "start_time": 8, "end_time": 9, "is_in_effect": 0, "author": "bob", "comment": "later"},
        ),
    )
    (one,) = (one for one in parse(text).observed if one.state == "CRITICAL")
    assert one.acknowledgement == Remark("al=ice", "a=b; c", 2.0)
    assert one.downtime == Remark("bob", "disks", 3.0, 4.0)


def test_old_acknowledgement_of_another_problem_is_none() -> None:
    comment = {"host_name": "web-1", "service_description": "http", "entry_type": 4, "entry_time": 2}
    text = status_text(
        {("web-1", "http"): bad()}, {}, block("servicecomment", {**comment, "author": "a", "comment_data": "b"})
    )
    assert all(one.acknowledgement is None for one in parse(text).observed)


def test_notifications_that_are_off_are_a_note() -> None:
    text = status_text(program={"enable_notifications": 0, "active_service_checks_enabled": 0})
    assert [note.partition(":")[0] for note in parse(text).notes] == [
        "Nagios sends no notifications",
        "Nagios runs no checks of services",
    ]


@pytest.mark.parametrize("output", HOSTILE)
def test_output_of_a_plugin_is_only_text(output: str) -> None:
    found = parse(status_text({("web-1", "http"): bad(output=output)}))
    assert [one.output for one in found.observed if one.state == "CRITICAL"] == [output]


def test_output_cannot_end_its_block() -> None:
    found = parse(
        status_text({("web-1", "http"): bad(output="x}\r\x0b\x0c\x85\u2028\t}", long_plugin_output=r"\n\t}\n")})
    )
    assert len(found.observed) == 3 + len(SERVICES)


WHOLE = status_text()
BROKEN = {
    "empty": ("", "is empty: Nagios has not written it yet"),
    "cut in a block": (WHOLE[: len(WHOLE) // 2], "ends in the middle of a block: it is half written or was cut"),
    "cut in a heading": (WHOLE + "servicestatus {", "ends in the middle of a block"),
    "another file": ("define host {\n\thost_name x\n\t}\n", "a line that Nagios does not write"),
    "another kind of block": (block("other", {"a": 1}), "it has no block info or programstatus"),
    "no state": (WHOLE.replace("\tcurrent_state=0\n", ""), "has a block without 'current_state'"),
    "no number": (WHOLE.replace("current_state=0", "current_state=x"), "a line that Nagios does not write"),
    "unknown state": (WHOLE.replace("current_state=0", "current_state=9"), "a line that Nagios does not write"),
    "no moment": (WHOLE.replace("created=", "crated="), "has a block without 'created'"),
    "binary": ("\x7fELF\0\0\n", "ends in the middle of a block"),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_anything_else_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "status.dat"
    file.write_text(text)
    with pytest.raises(Unreadable) as raised:
        read(str(file))
    assert str(raised.value).startswith(str(file))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_cut_is_noticed_or_between_blocks() -> None:
    """A copy that is still being written never looks like a Nagios with fewer services."""
    ends = {at + len("\n\t}\n") for at in range(len(WHOLE)) if WHOLE.startswith("\n\t}\n", at)}
    for at in range(0, len(WHOLE), 7):
        try:
            parse(WHOLE[:at])
        except Unreadable:
            continue
        assert at in ends or at - 1 in ends


def test_missing_and_odd_files_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file or directory; a running Nagios writes it"):
        read(str(tmp_path / "status.dat"))
    with pytest.raises(Unreadable, match="Is a directory"):
        read(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="it is not a regular file"):
        read(str(tmp_path / "pipe"))


def test_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "status.dat"
    file.write_bytes(status_text({("web-1", "http"): bad(output="@@")}).encode().replace(b"@@", b"\xff\xfe"))
    (one,) = (one for one in read(str(file)).observed if one.state == "CRITICAL")
    assert one.output == "\ufffd\ufffd"
