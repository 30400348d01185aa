"""Batch results in Nagios, from the registry to the state: both ways of delivery, and freshness checks."""

import os
import pwd
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkwright.batch.sink import Context, QueueSink, open_sink
from nagios_cfg import render
from tests.checkwright.batch.plans import result, task
from tests.end_to_end.installed_tools import ENVIRONMENT, checkctl, files_below, nagios_build
from tests.nagios_cfg.test_daemons import watch, web
from tests.support.installed import installed_bin
from tests.support.nagios import Nagios, nagios, own, place

pytestmark = pytest.mark.daemon

WATCHES = '''"""What is watched here."""

from checks.meta.dummy import Dummy
from checkwright.registry.model import Environment, Host, Plugin, Role, Site, Team, Watch
from checks.system.file_age import FileAge

team = Team("team", email="team@example.com")

web = Role(
    "web",
    owner=team,
    watches=(
        Watch(FileAge(files=({flag!r},)), name="flag", every="2s", deadline="3s", attempts=1, notify="ticket"),
        Plugin({plugin!r}, "{{host}}", name="foreign", every="2s", deadline="3s", attempts=1, notify="ticket"),
        Plugin("/bin/sleep", "60", name="hangs", every="2s", deadline="1s", attempts=1, notify="ticket"),
    ),
)
queue = Role(
    "queue",
    owner=team,
    watches=(
        Watch(
            Dummy(result="warning", text="piling up"),
            name="backlog",
            per="role",
            transport="passive",
            every="2s",
            attempts=1,
            notify="ticket",
        ),
    ),
)

here = Environment(
    "here",
    site=Site(check={check!r}, transport="passive"),
    hosts=(Host("web-1", "127.0.0.1", roles=(web,)),),
    roles=(queue,),
)
'''
FOREIGN = r"""#!/bin/sh
printf '%s\n' "DISK CRITICAL - 99 % of \\srv on $1 [x] \"y\" ünï | used=99%;80;90" 'a \ b\n; c' 'last | free=1MB'
exit 2
"""
WAYS = {"spool": "nagios-spool:{folder}/results", "command": "nagios-command:{folder}/nagios.cmd"}


@contextmanager
def batch(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a batch as the user of Nagios."""
    user = pwd.getpwnam("nagios") if os.geteuid() == 0 else None
    with (folder / "batch.log").open("wb") as log:
        process = subprocess.Popen(
            [installed_bin() / "checkctl", "batch", "--plan", folder / "plan.json", *words],
            env=ENVIRONMENT | {"CHECKS_STATE_DIR": str(folder / "state")},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("way", WAYS)
def test_results_of_a_batch_reach_nagios(folder: Path, way: str) -> None:
    flag = place(folder / "flag", "")
    plugin = place(folder / "foreign", FOREIGN, mode=0o755)
    (folder / "state").mkdir()
    own(folder / "state")
    text = WATCHES.format(flag=str(flag), plugin=str(plugin), check=str(installed_bin() / "check"))
    place(folder / "acme" / "fleet" / "environments.py", text)
    checkctl(folder / "acme", "plan", "here", "--out", folder / "plan.json")
    objects = files_below("nagios", nagios_build(folder / "acme", "here", folder / "build"))
    with nagios(objects, check_service_freshness="1") as running:
        to = WAYS[way].format(folder=running.folder)
        with batch(folder, "--host", "web-1", "--host", "queue.here", "--to", to) as process:

            def state(name: str, host: str = "web-1") -> str:
                assert process.poll() is None, (folder / "batch.log").read_text()
                return running.services()[host, name].state

            expected = {"flag": "OK", "foreign": "CRITICAL"}
            running.wait(lambda: {name: state(name) for name in expected} == expected, "the first results")
            running.wait(lambda: state("backlog", "queue.here") == "WARNING", "the role's result")
            running.wait(lambda: "did not end within 3 s" in output(running, "hangs"), "the one that hangs")
            found = running.services()
            flag.unlink()
            running.wait(lambda: state("flag") == "CRITICAL", "the missing file to be seen")
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, (folder / "batch.log").read_text()
        running.wait(lambda: "no result has come in" in output(running, "flag"), "Nagios to miss the results")
    assert (found["queue.here", "backlog"].output, found["web-1", "hangs"].state) == (
        "DUMMY WARNING: State warning (piling up)",
        "UNKNOWN",
    )
    foreign = found["web-1", "foreign"]
    assert foreign.output == 'DISK CRITICAL - 99 % of \\srv on web-1 [x] "y" ünï'
    assert unescaped(foreign.raw["long_plugin_output"]) == "a \\ b\\n; c\nlast"
    assert foreign.perfdata.split() == ["used=99%;80;90", "free=1MB"]


def unescaped(text: str) -> str:
    """Return a text of status.dat without its escapes of backslashes and line ends."""
    return re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), text)


def output(running: Nagios, name: str) -> str:
    return running.services()["web-1", name].output


#: First line, further lines and performance data, as Nagios should show them.
OUTPUTS = {
    "plain": ("OK - fine", "", ""),
    "backslashes": ("C:\\\\new\\table \\n \\\\n end\\", "", ""),
    "lines": ("first", "second\n\tthird \\ fourth", "a=1;;;; b=2;;;;"),
    "not ASCII": ("Größe 5 € 日本語 \U0001f525", "naïve", "größe=5"),
    "quotes": ('it\'s "quoted" `x` $HOME$ $$ %s <b>&amp [1] {2} #3 !4', "", "'a b'=1"),
    "records": ("x=1", "return_code=0\nhost_name=other\n\nservice_description=no", ""),
    "long": ("long", "\n".join(f"line {number} " + "x" * 90 for number in range(120)), "n=120"),
}


def test_hostile_outputs_are_the_same_by_both_deliveries() -> None:
    """The first lines have no semicolon, since Nagios itself replaces it by a colon."""
    watches = [watch(f"{way} {name}", "passive", "/bin/true") for way in WAYS for name in OUTPUTS]
    with nagios(files_below("nagios", render(web(*watches)))) as running:
        for way, place in WAYS.items():
            queue = open_sink(place.format(folder=running.folder), Context(True, print)).target
            assert isinstance(queue, QueueSink)
            payloads = []
            for name, (first, more, perfdata) in OUTPUTS.items():
                of = task(f"{way} {name}", "web")
                text = "\n".join(filter(None, (first, more)))
                payloads.append(queue.payload(result(f"{text} | {perfdata}" if perfdata else text, 1, of=of)))
            assert queue.send(payloads).delivered == len(OUTPUTS)
        running.wait(lambda: {one.state for one in running.services().values()} == {"WARNING"}, "all results")
        found = running.services()
        leftovers = [path.name for path in running.folder.iterdir() if path.name.startswith(".checkwright")]
    assert leftovers == []
    for way in WAYS:
        for name, (first, more, perfdata) in OUTPUTS.items():
            status = found["web", f"{way} {name}"]
            assert status.output == first, name
            assert unescaped(status.raw["long_plugin_output"]).strip("\n") == more, name
            assert status.perfdata == perfdata, name
            assert status.last_check == 1_800_000_000 or way == "command", name
