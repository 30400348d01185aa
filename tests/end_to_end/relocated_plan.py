"""Plans of the shop's own environments, changed so that this machine plays all hosts and every check can run.

Only addresses, ports, paths and limits that depend on other work on this machine change. Watches, roles and options
stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from checkwright.core.catalog import find
from checkwright.registry.plan import Entry, Host, Plan, Word
from tests.end_to_end.installed_tools import SHOP
from tests.end_to_end.local_shop import LocalShop
from tests.end_to_end.shop_services import ShopServices
from tests.support.installed import installed_bin

#: Gauges whose value depends on other work on this machine.
UNSTABLE_GAUGES = {
    *("busy", "cpu", "iowait", "steal", "load1", "load5", "load15"),
    *("inodes", "space", "used", "time", "zombies"),
}

#: Checks whose queues a test fills. All others of AWS look at the example's imitation of AWS.
OWN_QUEUES = ("sqs_backlog", "order_queue")


@dataclass(frozen=True)
class Relocation:
    """Places on this machine of everything that the shop's checks read. `job_runs` is the folder of job runs."""

    local: LocalShop
    shop: ShopServices
    job_runs: Path
    dns: str

    def relocated(self, plan: Plan, memory: Path) -> Plan:
        """Return the plan for this machine. Each entry has its state folder in `memory`."""
        return replace(
            plan,
            site=replace(plan.site, check=str(installed_bin() / "check"), project=str(self.local.project)),
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
        folder = self.local.folder
        own = memory / f"{entry.role}.{entry.name}.{entry.variant}"
        own.mkdir(parents=True)
        env = {
            "CHECKS_STATE_DIR": str(own),
            "CHECKS_JOB_RUNS_DIR": str(self.job_runs),
            "CHECKS_FILES_DIR": str(self.local.project),
            "AWS_ENDPOINT_URL": self.shop.aws if entry.check in OWN_QUEUES else self.shop.cloud,
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "SSL_CERT_FILE": str(folder / "authority.pem"),
        }
        return replace(entry, env=tuple(sorted(env.items())), command=tuple(self._command(plan, entry)))

    @staticmethod
    def _word(plan: Plan, word: Word, elsewhere: Mapping[str, str]) -> Word:
        if all(isinstance(part, str) or part.name == "environment" for part in word):
            text = "".join(part if isinstance(part, str) else plan.environment for part in word)
            flag, equals, value = text.partition("=") if text.startswith("--") else ("", "", text)
            return (f"{flag}{equals}{elsewhere[value]}",) if value in elsewhere else word
        return word

    def _command(self, plan: Plan, entry: Entry) -> Iterator[Word]:
        name = f"{plan.environment}.shop.example.com"
        elsewhere = {
            "/opt/checkwright/bin/check": str(installed_bin() / "check"),
            "/opt/checkwright/shop": str(self.local.project),
            "/etc/checks/checkout": str(self.local.folder / "token"),
            "/var/log/nginx/access.log": str(self.local.folder / "access.log"),
            "/opt/puppetlabs/puppet/public/last_run_summary.yaml": str(self.local.puppet),
            f"https://{name}/": f"https://127.0.0.1:{self.shop.https.number}/",
            "nagios4": "a-program-that-nobody-runs",
        }
        if entry.check == "tls_certificate":
            elsewhere[name] = "127.0.0.1"
        command = [self._word(plan, word, elsewhere) for word in entry.command]
        # No check talks to another machine. DNS queries go to a local server.
        assert entry.check == "dns" or not any("example.com" in str(part) for word in command for part in word)
        if not entry.check:
            yield from command
            return
        unsteady = [gauge for gauge in find(entry.check, str(SHOP)).gauges if gauge in UNSTABLE_GAUGES]
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
