"""Hosts in the JSON that a command prints, and everything that a command does wrong."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkwright.inventory.command_answers import command_answer
from checkwright.inventory.facts_file import dumps_facts, loads_facts
from checkwright.inventory.pull import pull
from checkwright.inventory.records import CannotPull, IncompleteAnswer
from checkwright.registry.model import ByValue, Field, JsonCommand, Role, Team
from tests.support.processes import wait_until

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEB = Role("web", owner=Team("ops", email="ops@example.com"))


def source(*argv: str, **changed: Any) -> JsonCommand:
    settings: dict[str, Any] = {
        "file": "cmdb.csv",
        "id": Field("serial"),
        "name": Field("host"),
        "address": Field("net.0.ip"),
        "roles": (ByValue(Field("service"), {"web": WEB}),),
    }
    return JsonCommand(argv, **{**settings, **changed})


def printing(tmp_path: Path, document: object) -> tuple[str, ...]:
    file = tmp_path / "hosts.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return ("/bin/cat", str(file))


def host(number: int, **more: object) -> dict[str, object]:
    return {"serial": number, "host": f"web-{number}", "net": [{"ip": f"10.0.0.{number}"}], "service": "web", **more}


def test_hosts_become_rows(tmp_path: Path) -> None:
    argv = printing(tmp_path, {"result": {"hosts": [host(1, at="2026-11-29T10:00:00+01:00"), host(2, at=1764400000)]}})
    one = source(*argv, hosts="result.hosts", changed=Field("at"))
    found = command_answer(one, NOW)
    assert [record.changed.isoformat() for record in found.records] == [
        "2026-11-29T09:00:00+00:00",
        "2025-11-29T07:06:40+00:00",
    ]
    done = pull(one, found, None, NOW)
    assert [(row.name, row.address, row.id) for row in done.after] == [
        ("web-1", "10.0.0.1", "1"),
        ("web-2", "10.0.0.2", "2"),
    ]


def test_words_are_not_read_by_a_shell(tmp_path: Path) -> None:
    code = "import json, sys; print(json.dumps([{'serial': sys.argv[1]}]))"
    word = "$(touch pwned); `id` 'x' \"y\" *"
    (record,) = command_answer(source(sys.executable, "-c", code, word), NOW).records
    assert record.id == word


@pytest.mark.parametrize(
    ("document", "error", "sentence"),
    [
        ("[{", IncompleteAnswer, "does not print one whole JSON document"),
        ("[]\n[]", IncompleteAnswer, "does not print one whole JSON document"),
        ("", IncompleteAnswer, "does not print one whole JSON document"),
        ("[" * 100_000, IncompleteAnswer, "does not print one whole JSON document"),
        ({"hosts": []}, CannotPull, "prints no list as its document: correct `hosts`"),
        (["web-1"], CannotPull, "host 1 is not an object"),
        ([host(1), {"host": "x"}], CannotPull, "host 2 has no Field('serial')"),
        ([host(1), host(1)], CannotPull, "two hosts have the id 1"),
    ],
)
def test_wrong_document_is_one_sentence(
    tmp_path: Path, document: object, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as refused:
        command_answer(source(*printing(tmp_path, document)), NOW)
    assert sentence in str(refused.value)


def test_time_that_is_none_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CannotPull, match=r"host 1: Field\('at'\) is 'soon', which is no time"):
        command_answer(source(*printing(tmp_path, [host(1, at="soon")]), changed=Field("at")), NOW)


def test_failure_shows_the_status_and_the_errors() -> None:
    with pytest.raises(CannotPull, match=r"^/bin/sh failed with status 3: no route to the CMDB$"):
        command_answer(source("/bin/sh", "-c", "echo 'no route to the CMDB' >&2; exit 3"), NOW)


def test_missing_command_is_named() -> None:
    with pytest.raises(CannotPull, match=r"^cannot run /nowhere/cmdb: No such file or directory$"):
        command_answer(source("/nowhere/cmdb"), NOW)


def test_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(CannotPull, match="did not end within 1 s"):
        command_answer(source("/bin/sh", "-c", f"sleep 600 & echo $! > {pid}; wait", timeout="1s"), NOW)
    child = int(pid.read_text())
    state = Path(f"/proc/{child}/stat")
    # The signal reaches it a moment later, and a zombie is over too.
    wait_until(lambda: not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_command_that_leaves_a_child_behind_does_not_hold_the_pull() -> None:
    assert command_answer(source("/bin/sh", "-c", "sleep 20 & echo '[]'"), NOW).records == ()


def test_command_has_no_input_to_wait_for() -> None:
    assert command_answer(source("/bin/sh", "-c", "cat; echo '[]'"), NOW).records == ()


def test_huge_output_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkwright.inventory.command_answers._LARGEST", 1_000_000)
    with pytest.raises(CannotPull, match="prints more than 1 MB"):
        command_answer(source("/bin/sh", "-c", "yes | head -c 2000000"), NOW)


def test_environment_reaches_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMDB_TOKEN", "hush")
    code = "import json, os; print(json.dumps([{'serial': os.environ['CMDB_TOKEN'][:2]}]))"
    assert command_answer(source(sys.executable, "-c", code), NOW).records[0].id == "hu"
    assert os.environ["CMDB_TOKEN"] == "hush"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", -5, "1969-01-01"])
def test_moment_outside_the_calendar_is_no_time(moment: object, tmp_path: Path) -> None:
    one = source(*printing(tmp_path, [host(1, at=moment)]), changed=Field("at"))
    with pytest.raises(CannotPull, match="which is no time"):
        command_answer(one, NOW)


def test_time_of_the_file_is_utc_whatever_the_zone_of_the_facts(tmp_path: Path) -> None:
    one = source(*printing(tmp_path, [host(1, at="2026-11-29T20:00:00+09:00")]), changed=Field("at"))
    done = pull(one, command_answer(one, NOW), None, NOW)
    assert done.content.partition("\n")[0].endswith(", facts as of 2026-11-29T11:00:00Z")
    assert done.facts.as_of == "2026-11-29T11:00:00Z"


def test_one_clock_of_the_future_keeps_no_inventory_fresh(tmp_path: Path) -> None:
    old, future = "2026-11-29T05:00:00Z", "2036-11-29T05:00:00Z"
    one = source(*printing(tmp_path, [host(1, at=old), host(2, at=future)]), changed=Field("at"))
    done = pull(one, command_answer(one, NOW), None, NOW)
    assert [str(refusal) for refusal in done.refusals] == [
        "refused (fresh): the newest facts are 7h old (2026-11-29 05:00 UTC); if that is right, add --stale-ok WHY"
    ]
    assert done.warnings == ("the facts of 1 of 2 machines are of the future, up to 2036-11-29 05:00 UTC",)
    assert done.content.partition("\n")[0].endswith(", facts as of 2026-11-29T05:00:00Z")


HOSTILE = {
    "escape": ("a\x1b[31m", "holds characters that nobody can see: 'a\\x1b[31m'"),
    "right to left": ("a\u202egnp", "holds characters that nobody can see: 'a\\u202egnp'"),
    "half a pair": ("\ud800", "holds characters that nobody can see: '\\ud800'"),
    "line": ("a\nb", "holds characters that nobody can see: 'a\\nb'"),
    "formula": ("=cmd|' /C calc'!A0", "which a spreadsheet would run as a formula"),
    "formula after a sign": ("+cmd|' /C calc'!A0", "which a spreadsheet would run as a formula"),
    "function": ("@SUM(A1)", "which a spreadsheet would run as a formula"),
    "long": ("x" * 200_000, "is longer than 1000 characters"),
}


@pytest.mark.parametrize("field", ["serial", "ip", "note"])
@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_of_a_machine_reaches_no_reviewed_file(
    text: str, message: str, field: str, tmp_path: Path
) -> None:
    changed = {"net": [{"ip": text}]} if field == "ip" else {field: text}
    one = source(*printing(tmp_path, [host(1) | changed]), labels={"note": Field("note")})
    done = pull(one, command_answer(one, NOW), None, NOW)
    if field == "note" and text == "a\nb":  # a label is one line
        assert "a b" in done.content
        return
    expected = "which is no address" if field == "ip" and set(text) & set(" ,;\n") else message
    assert any(expected in str(refusal) for refusal in done.refusals), done.refusals
    assert text not in done.content


def test_snapshot_shows_what_nobody_can_see_as_escapes(tmp_path: Path) -> None:
    machines = [host(1), host(2, host="b\x1b[31m\u202e\ud800")]
    one = source(*printing(tmp_path, machines))
    done = pull(one, command_answer(one, NOW), None, NOW)
    text = dumps_facts(done.facts)
    assert text.replace("\n", "").isprintable()
    assert loads_facts(text).machines[1].name == "b\x1b[31m\u202e\ud800"


@pytest.mark.parametrize("number", ["5", "-5", "+49 30 901820", "10.5"])
def test_number_is_no_formula(number: str, tmp_path: Path) -> None:
    one = source(*printing(tmp_path, [host(1, note=number)]), labels={"note": Field("note")})
    assert pull(one, command_answer(one, NOW), None, NOW).refusals == ()
