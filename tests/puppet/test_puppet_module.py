"""The Puppet module, by a real `puppet apply`, with the packages of the example project from a local apt repository."""

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from checkwright.cli.main import run
from checkwright.packaging.deb_archive import DebControl, deb_archive
from tests.support.overlay import run_in_overlay
from tests.support.real import require

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "puppet/checkwright"
SHOP = ROOT / "examples/shop"

HIERA = """---
version: 5
defaults: {datadir: data, data_hash: yaml_data}
hierarchy:
  - {name: machines, path: machines/HOST.json, data_hash: json_data}
  - {name: common, path: common.yaml}
"""
SITE = """
$content = lookup('secrets', Hash[String, String], 'hash', {}).reduce({}) |$all, $one| {
  $all + { $one[0] => Sensitive($one[1]) }
}
class { 'checkwright': secrets => $content }
"""


def make(folder: Path, host: str, *, secrets: bool = True, change: dict[str, object] | None = None) -> None:
    """Write a control repository with the data of the shop's machine `host` in staging."""
    assert run(["--project", str(SHOP), "package", "staging", "--version", "0.1", "--out", str(folder / "repo")]) == 0
    machine = json.loads((folder / f"repo/machines/{host}.json").read_text())
    machine["checkwright::machine"].update(change or {})
    (folder / "data/machines").mkdir(parents=True)
    (folder / f"data/machines/{host}.json").write_text(json.dumps(machine))
    (folder / "hiera.yaml").write_text(HIERA.replace("HOST", host))
    found = "secrets: {/etc/checks/checkout: never-shown}\n" if secrets else ""
    common = f"---\ncheckwright::version: 0.1.0-1\ncheckwright::manage_service: false\n{found}"
    (folder / "data/common.yaml").write_text(common)
    (folder / "site.pp").write_text(SITE)
    (folder / "modules").mkdir()
    (folder / "modules/checkwright").symlink_to(MODULE)


def puppet(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `puppet apply` on this machine with settings and state below `folder`."""
    argv = [
        *(require("puppet", package="puppet-agent"), "apply", "--noop", "--detailed-exitcodes", "--color=false"),
        *("--confdir", folder / "conf", "--vardir", folder / "var", "--hiera_config", folder / "hiera.yaml"),
        *("--modulepath", folder / "modules", *words, folder / "site.pp"),
    ]
    return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, timeout=120)


def errors(output: str) -> list[str]:
    """Return the errors of Puppet. Facter has some of its own where this machine is a container."""
    return [line for line in output.splitlines() if line.startswith("Error:") and "Facter:" not in line]


@pytest.mark.slow
def test_first_run_without_changes_succeeds_on_a_new_machine(tmp_path: Path) -> None:
    """Links do not need the package's files, which a source on the machine would."""
    make(tmp_path, "pay-stg")
    done = puppet(tmp_path)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert errors(text) == []
    assert "never-shown" not in text  # a secret
    assert "Warning" not in text
    assert "Package[checkwright-shop-staging]/ensure: current_value 'purged', should be '0.1' (noop)" in text
    for name in ("checkwright.cfg", "hosts-pay-stg.cfg", "roles-linux.cfg", "roles-payments-api.cfg"):
        assert f"File[/etc/nagios/nrpe.d/checkwright/{name}]/ensure: current_value 'absent', should be 'link'" in text


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "a misspelt key": ({"change": {"nrpee": []}}, "unrecognized key 'nrpee'"),
    "a path that is none": ({"change": {"build": "shop"}}, "parameter 'machine' entry 'build' expects a match for"),
    "a missing secret": (
        {"secrets": False},
        "checkwright::secrets lacks /etc/checks/checkout: the checks of pay-stg read these files",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_in_the_data_stops_the_catalog(tmp_path: Path, mistake: str) -> None:
    options, sentence = MISTAKES[mistake]
    make(tmp_path, "pay-stg", **options)  # type: ignore[arg-type]
    done = puppet(tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Package[" not in done.stdout


@pytest.mark.slow
def test_machine_without_a_file_stops_the_catalog(tmp_path: Path) -> None:
    make(tmp_path, "pay-stg")
    (tmp_path / "data/machines/pay-stg.json").unlink()
    done = puppet(tmp_path)
    assert done.returncode == 1
    assert "expects a value for parameter 'machine'" in done.stderr


def test_reference_names_every_parameter() -> None:
    manifest = (MODULE / "manifests/init.pp").read_text()
    reference = (MODULE / "REFERENCE.md").read_text()
    names = [line.split()[2] for line in manifest.splitlines() if line.startswith("# @param")]
    head = manifest[manifest.index("class checkwright (") : manifest.index(") {")]
    declared = [word[1:].rstrip(",") for word in head.split() if word.startswith("$")]
    assert names == declared
    assert [line.removeprefix("## ").strip("`") for line in reference.splitlines() if line.startswith("## ")] == names


def test_type_has_the_keys_of_a_machine(tmp_path: Path) -> None:
    make(tmp_path, "pay-stg")
    machine = json.loads((tmp_path / "repo/machines/pay-stg.json").read_text())["checkwright::machine"]
    lines = (MODULE / "types/machine.pp").read_text().splitlines()
    assert [line.split()[0] for line in lines if "=>" in line] == [*machine]


def test_puppet_lint_finds_nothing() -> None:
    done = subprocess.run(
        [require("puppet-lint", package="puppet-lint"), "--fail-on-warnings", MODULE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_metadata_is_complete() -> None:
    metadata = json.loads((MODULE / "metadata.json").read_text())
    assert metadata["dependencies"] == []
    assert metadata["license"] == "Apache-2.0"


def publish(repository: Path) -> None:
    """Write the index of a flat apt repository, with an empty package checkwright if there is none."""
    control = DebControl("checkwright", "0.1.0-1", "stands in for the checks")
    (repository / "checkwright_0.1.0-1_all.deb").write_bytes(deb_archive(control, {"/opt/checkwright/bin/x": b""}, 0))
    index = ""
    for file in sorted(repository.glob("*.deb")):
        fields = subprocess.run(["dpkg-deb", "-f", file], capture_output=True, text=True, check=True).stdout
        head, _, description = fields.partition("Description:")
        content = file.read_bytes()
        index += f"{head}Filename: ./{file.name}\nSize: {len(content)}\n"
        index += f"SHA256: {hashlib.sha256(content).hexdigest()}\nDescription:{description}\n"
    (repository / "Packages").write_text(index)


SCRIPT = """
exec 2>&1
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /opt/checkwright /etc/checks
mkdir -p /etc/nagios/nrpe.d
echo 'deb [trusted=yes] file:/mnt/repo ./' >/etc/apt/sources.list
apt-get -qq -o APT::Sandbox::User=root update
apply() {
    status=0
    puppet apply --detailed-exitcodes --color=false --confdir /mnt/conf --vardir /root/puppet \\
        --hiera_config /mnt/hiera.yaml --modulepath /mnt/modules "$@" /mnt/site.pp || status=$?
    echo "== status $status"
}
echo '== noop'; apply --noop
echo '== first'; apply
echo '== second'; apply
ls -l /etc/nagios/nrpe.d/checkwright /etc/checks /etc/checkwright/sudoers.d
grep -c 'command\\[' /etc/nagios/nrpe.d/checkwright/roles-linux.cfg
stat -c '%U:%G %a' /etc/checks/checkout
cat /etc/checks/checkout; echo
/usr/sbin/nrpe -c /etc/nagios/nrpe.cfg -d
tries=0
until /usr/lib/nagios/plugins/check_nrpe -H 127.0.0.1 >/dev/null || [ $tries = 100 ]; do
    tries=$((tries + 1)); sleep 0.1
done
for name in hosts/pay-stg roles/linux roles/payments-api roles/web; do
    echo "nrpe $name: $(/usr/lib/nagios/plugins/check_nrpe -H 127.0.0.1 -c "$name")"
done
echo '== drift'
echo foreign >/etc/nagios/nrpe.d/checkwright/foreign.cfg
echo foreign >/etc/nagios/nrpe.d/foreign.cfg
rm /etc/nagios/nrpe.d/checkwright/roles-linux.cfg
echo changed >/etc/checks/checkout
chmod 644 /etc/checks/checkout
apply
cat /etc/checks/checkout; echo
ls /etc/nagios/nrpe.d
echo '== last'; apply
"""


@pytest.mark.slow
@pytest.mark.packages
def test_apply_repairs_drift_and_then_changes_nothing(tmp_path: Path) -> None:
    require("puppet", package="puppet-agent")
    require("nrpe", package="nagios-nrpe-server")
    require("check_nrpe", package="nagios-nrpe-plugin")
    files = tmp_path / "files"
    make(files, "pay-stg")
    (files / "modules/checkwright").unlink()
    subprocess.run(["cp", "-r", MODULE, files / "modules/checkwright"], check=True)
    publish(files / "repo")
    output = run_in_overlay(files, SCRIPT)
    parts = dict(part.split("\n", 1) for part in output.split("== ")[1:] if not part.startswith("status"))
    statuses = [line for line in output.splitlines() if line.startswith("== status")]
    assert statuses == ["== status 0", "== status 2", "== status 0", "== status 2", "== status 0"], output
    assert errors(output) == []
    assert "never-shown" not in parts["noop"] + parts["first"]
    assert "Package[checkwright-shop-staging]/ensure: created" in output
    assert "roles-linux.cfg -> /usr/share/checkwright/shop/staging/nrpe/roles/linux.cfg" in output
    assert "root:nagios 640\nnever-shown\n" in output
    # NRPE reads the links: each file has a command that prints its digest.
    for name in ("hosts/pay-stg", "roles/linux", "roles/payments-api"):
        assert re.search(f"^nrpe {name}: [0-9a-f]{{12}}$", output, re.MULTILINE), output
    assert "nrpe roles/web: NRPE: Command 'roles/web' not defined" in output
    drift = parts["drift"]
    assert "File[/etc/nagios/nrpe.d/checkwright/foreign.cfg]/ensure: removed" in drift
    assert "roles-linux.cfg]/ensure: created" in drift
    assert "mode changed '0644' to '0640'" in drift
    after = output[output.index("== drift") :]
    assert "\nnever-shown\n" in after and "\nforeign.cfg\n" in after  # the file of others stays
