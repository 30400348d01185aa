"""The shop's own environments with this machine in the place of all of theirs, so that every check can run.

Only where things are is changed in a plan: addresses, ports, paths, and limits of what other work on this machine
decides. What is watched, by which role, with which options, stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from checkwright.core.catalog import find
from checkwright.registry.plan import Entry, Host, Plan, Word
from tests.end_to_end.here import Here
from tests.end_to_end.installed_tools import SHOP
from tests.end_to_end.stand_in import StandIn
from tests.support.installed import installed_bin

#: Gauges whose value depends on what else this machine does.
UNSTEADY = {"busy", "cpu", "inodes", "iowait", "load1", "load5", "load15", "space", "steal", "time", "used", "zombies"}


@dataclass(frozen=True)
class Place:
    """Where this machine keeps what the shop's checks look at. `beats` is the folder of heartbeats."""

    here: Here
    shop: StandIn
    beats: Path
    dns: str

    def moved(self, plan: Plan, memory: Path) -> Plan:
        """The plan for this machine; each entry remembers what it must below `memory`."""
        return replace(
            plan,
            site=replace(plan.site, check=str(installed_bin() / "check"), project=str(self.here.project)),
            hosts=tuple(self._host(plan, host) for host in plan.hosts),
            entries=tuple(self._entry(plan, entry, memory) for entry in plan.entries),
        )

    def _host(self, plan: Plan, host: Host) -> Host:
        ports = {
            "http": self.shop.http,
            "jobs": self.shop.http,
            "port": self.shop.http if plan.environment == "dev" else self.shop.https,
            "ssh": self.shop.ssh,
            "postgres": self.shop.database,
        }
        labels = {name: str(ports[name].number) for name in host.labels}
        return replace(host, address="" if host.virtual else "127.0.0.1", labels=labels)

    def _entry(self, plan: Plan, entry: Entry, memory: Path) -> Entry:
        folder = self.here.folder
        own = memory / f"{entry.role}.{entry.name}.{entry.variant}"
        own.mkdir(parents=True)
        env = {
            "CHECKS_STATE_DIR": str(own),
            "CHECKS_JOB_RUNS_DIR": str(self.beats),
            "AWS_ENDPOINT_URL": self.shop.aws,
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "SSL_CERT_FILE": str(folder / "authority.pem"),
        }
        return replace(entry, env=tuple(sorted(env.items())), command=tuple(self._command(plan, entry)))

    @staticmethod
    def _word(plan: Plan, word: Word, elsewhere: Mapping[str, str]) -> Word:
        if all(isinstance(part, str) or part.name == "environment" for part in word):
            text = "".join(part if isinstance(part, str) else plan.environment for part in word)
            return (elsewhere[text],) if text in elsewhere else word
        return word

    def _command(self, plan: Plan, entry: Entry) -> Iterator[Word]:
        name = f"{plan.environment}.shop.example.com"
        elsewhere = {
            "/opt/checkwright/bin/check": str(installed_bin() / "check"),
            "/opt/checkwright/shop": str(self.here.project),
            "/etc/checks/checkout": str(self.here.folder / "token"),
            "/opt/puppetlabs/puppet/public/last_run_summary.yaml": str(self.here.puppet),
            "http://127.0.0.1:9324": self.shop.aws,
            f"https://{name}/": f"https://127.0.0.1:{self.shop.https.number}/",
            "nagios4": "a-program-that-nobody-runs",
        }
        if entry.check == "tls_certificate":
            elsewhere[name] = "127.0.0.1"
        command = [self._word(plan, word, elsewhere) for word in entry.command]
        # Nobody outside this machine is asked for anything; a question for a name goes to a server of ours.
        assert entry.check == "dns" or not any("example.com" in str(part) for word in command for part in word)
        if not entry.check:
            yield from command
            return
        unsteady = [gauge for gauge in find(entry.check, str(SHOP)).gauges if gauge in UNSTEADY]
        limits = [f"--{gauge}-{end}" for gauge in unsteady for end in ("warning", "critical")]
        deadline = command.index(("-t",))
        skip = False
        for word in command[:deadline]:
            if not skip and word not in [(limit,) for limit in limits]:
                yield word
            skip = not skip and word in [(limit,) for limit in limits]
        for limit in limits:
            yield from ((limit,), ("~:",))
        if entry.check == "dns":
            yield from (("--server",), (self.dns,))
        if entry.check == "tls_certificate":
            yield from (("-p",), (str(self.shop.https.number),))
        yield from (("-t",), ("30",), *command[deadline + 2 :])
