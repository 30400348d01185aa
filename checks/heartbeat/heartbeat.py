"""Last run of a scheduled job."""

from checks.heartbeat.source import JobRuns
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict


class Heartbeat(Check):
    """Age, run time and exit status of a job's last run.

    The job records its own runs: `check heartbeat --run --job nightly-backup -- /usr/local/bin/backup` runs the
    command, forwards signals to it, and returns its exit status. A job that is late, that failed or that never ran is
    CRITICAL, each with its own message. A folder of recorded runs that is missing, or that other users can write to, is
    UNKNOWN.
    """

    job_runs = uses(JobRuns)

    job: str = option("Name of the job", example="nightly-backup")
    folder: str | None = option(
        "Folder of recorded runs; by default CHECKS_JOB_RUNS_DIR, otherwise /var/lib/checkwright/job-runs",
        default=None,
        example="/srv/job-runs",
    )
    run: bool = option("Record a run instead of checking; with a command, run it and record that", default=False)
    command: tuple[str, ...] = option("Command to run and record, after --run", flags="...", default=())

    age = gauge("Time since last run", "s", threshold_required=True)
    run_time = gauge("Run time", "s", optional=True)
    ended = verdict("Exit status", ok=["0"])

    def validate(self) -> None:
        if self.run:
            raise BadUsage("--run records a run and checks nothing: leave it out where heartbeat is a check")
        if self.command:
            raise BadUsage("a command needs --run: check heartbeat --run --job NAME -- COMMAND")

    def act(self) -> int | None:
        return self.job_runs.wrap(self.job, self.command, self.folder) if self.run else None

    def known_items(self) -> tuple[str, ...] | None:
        return (self.job,)

    def probe(self) -> Metrics:
        limits = self.thresholds(type(self).age.gauge, self.job)
        if limits.warn is None and limits.crit is None:
            raise BadUsage("heartbeat needs a threshold for the age of the last run, such as -c 25h")
        for job, last in self.each((self.job,), lambda job: self.job_runs.last(job, self.folder)):
            yield self.age(last.age, of=job)
            yield self.ended(last.status, of=job, hint="" if last.status == "0" else "its last run failed")
            if last.seconds is not None:
                yield self.run_time(last.seconds, of=job)
