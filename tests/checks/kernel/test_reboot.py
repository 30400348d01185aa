"""Check reboot against a fake, and files of a kernel."""

from pathlib import Path

import pytest

from checks.kernel.fake import Boot, FakeKernel
from checks.kernel.reboot import Reboot
from checks.kernel.source import Kernel, version_key
from checkwright.core.errors import CannotTell
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.checks.kernel.machine import machine
from tests.support.sample import Sample

CASES = {
    "not due": (Boot(uptime=86_400, running="6.1.0-9", installed="6.1.0-9"), "", "OK"),
    "nothing to compare": (Boot(uptime=86_400, running="6.18-fc"), "", "OK"),
    "newer kernel": (Boot(uptime=86_400, running="6.1.0-9", installed="6.1.0-10"), "", "WARNING"),
    "packages": (Boot(uptime=86_400, packages=["libc6", "dbus", "libc6"]), "", "WARNING"),
    "a file without names": (Boot(uptime=86_400, packages=[]), "", "WARNING"),
    "restarted": (Boot(uptime=60), "--uptime-warning 10m:", "WARNING"),
    "no such files": (None, "", "UNKNOWN"),
}


@pytest.mark.parametrize(("boot", "words", "state"), CASES.values(), ids=CASES)
def test_reboot(boot: Boot | None, words: str, state: str, golden: Golden) -> None:
    outcome = run(Reboot, words, FakeKernel(boot=boot))
    assert outcome.state == state
    golden(outcome)


def test_files_of_a_machine(tmp_path: Path) -> None:
    boot = Kernel(machine(tmp_path)).boot()
    assert (boot.uptime, boot.running, boot.installed, boot.packages) == (
        86_400.5,
        "6.1.0-9-amd64",
        "6.1.0-9-amd64",
        None,
    )
    root = machine(
        tmp_path,
        **{
            "boot__vmlinuz-6.1.0-10-amd64": "",
            "run__reboot-required": "",
            "run__reboot-required.pkgs": "libc6\ndbus\n",
        },
    )
    boot = Kernel(root).boot()
    assert (boot.installed, boot.packages) == ("6.1.0-10-amd64", ["libc6", "dbus"])
    elsewhere = Kernel(machine(tmp_path, proc__sys__kernel__osrelease="6.18-fc\n")).boot()
    assert elsewhere.installed == ""


@pytest.mark.parametrize("text", ["", "nonsense 1.0"])
def test_uptime_of_another_form_is_unknown(tmp_path: Path, text: str) -> None:
    with pytest.raises(CannotTell, match="it does not begin with a number"):
        Kernel(machine(tmp_path, proc__uptime=text)).boot()


def test_versions_are_compared_by_their_numbers() -> None:
    versions = ["6.1.0-10-amd64", "6.1.0-9-amd64", "5.10.0-99-amd64", "6.12.1-amd64"]
    assert sorted(versions, key=version_key) == [versions[2], versions[1], versions[0], versions[3]]


def test_this_machine() -> None:
    assert run(Reboot, "", World(Kernel())).state in ("OK", "WARNING")


SAMPLE = Sample(state="")
