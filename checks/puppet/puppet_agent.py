"""Last run of the Puppet agent: its age, failures and locks."""

from checks.puppet.source import PuppetAgent as Agent
from checks.puppet.source import PuppetRun
from checkwright import Check, Duration, Metrics, gauge, option, uses, verdict

_DAY = 86_400


class PuppetAgent(Check):
    """Age and result of the last Puppet run on this machine, and its locks.

    `age` matters most: a catalog that does not compile, or a server that does not answer, leaves no new summary at all.
    Failed resources, and a run without a catalog, are CRITICAL.

    A disabled agent is WARNING, with the message that somebody left, and CRITICAL after `--disabled-for` (a day),
    because it was probably forgotten. With `--environment`, a machine that was converged by another environment is
    CRITICAL.

    The summary has mode 0640 and belongs to root. Use `run_as="root"`, or let the agent write a world-readable one in a
    folder that everybody may enter:

        [agent]
        lastrunfile = $publicdir/last_run_summary.yaml { mode = 0644 }

    The locks are in Puppet's state folder. A user that may not enter it cannot see that the agent is disabled, so the
    result is UNKNOWN; with `--no-locks` the check reads the summary only.

    Defaults: `age` 1.5/4 h, three and eight runs of the usual 30 minutes; `failed` above 0; `running` 2 h, because a
    run that waits for a package manager delays the next ones. `skipped`, `changes` and `duration` have no default. A
    cached catalog that is a day older than the run is WARNING.

    Tested with Puppet 7.23. Not tested: Puppet 8, OpenVox, and an agent with a server.
    """

    thread_safe = True

    agent = uses(Agent)

    folder: str = option("Puppet's vardir; by default the usual places", default="", example="/var/cache/puppet")
    environment: str = option("Environment that must have converged; any by default", default="")
    disabled_for: Duration = option("Time after which a disabled agent is critical", default=86_400.0, unit="s")
    locks: bool = option("Leave out the locks", default=True)

    age = gauge("Age of the last run", "s", warn=5_400, crit=14_400)
    ended = verdict("Last run", ok=["succeeded"])
    failed = gauge("Failed resources", crit=0, min=0, missing="ok")
    enabled = verdict("Agent", ok=["enabled"], warn=["disabled"], missing="ok")
    catalog = verdict("Catalog", ok=["current"], warn=["cached"], missing="ok")
    converged = verdict("Environment", ok=["as expected"])
    running = gauge("Run lasts", "s", crit=7_200, missing="ok")
    skipped = gauge("Skipped resources", min=0, missing="ok")
    changes = gauge("Changes", min=0, missing="ok")
    duration = gauge("Duration of the last run", "s", missing="ok")

    def probe(self) -> Metrics:
        run = self.agent.last_run(self.folder, locks=self.locks)
        yield self.age(run.age)
        word, hint = _ended(run)
        yield self.ended(word, hint=hint)
        failed = [run.number("resources", name) for name in ("failed", "failed_to_restart")]
        yield self.failed(None if failed[0] is None else sum(value or 0 for value in failed))
        yield self.skipped(run.number("resources", "skipped"))
        yield self.changes(run.number("changes", "total"))
        yield self.duration(run.number("time", "total"))
        if self.locks:
            late = run.disabled is not None and run.disabled > self.disabled_for
            state = "enabled" if run.disabled is None else "disabled for too long" if late else "disabled"
            yield self.enabled(state, hint=run.message)
        yield self.running(run.running or 0 if self.locks else None)
        yield self.catalog(_catalog(run))
        if self.environment:
            found = run.summary.get("application", {}).get("converged_environment", "not known")
            yield self.converged("as expected" if found == self.environment else f"{found}, not {self.environment}")


def _ended(run: PuppetRun) -> tuple[str, str]:
    """Return the word for the last run, and a hint."""
    if not run.number("resources", "total"):
        return "failed", "it had no catalog"
    if run.number("resources", "failed") or run.number("events", "failure"):
        return "failed", "resources failed"
    if run.number("resources", "failed_to_restart"):
        return "failed", "a service did not restart"
    return "succeeded", ""


def _catalog(run: PuppetRun) -> str | None:
    """Return whether the catalog was made for this run; None if its version is no time."""
    made, last = run.number("version", "config"), run.number("time", "last_run")
    if made is None or last is None or made < 1_000_000_000:
        return None
    return "cached" if last - made > _DAY else "current"
