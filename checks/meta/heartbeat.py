"""Jobs that should run now and then: cron jobs, backups, imports."""

from checks.api import BadUsage, Beats, Check, Metrics, gauge, option, uses, verdict


class Heartbeat(Check):
    """How long ago a job last ran, how long that took, and how it ended.

    The job records its runs itself: `check heartbeat --beat --job nightly-backup
    -- /usr/local/bin/backup` runs the command, passes signals on to it, and
    returns its status. Late, failed and never ran are three different things to
    put right, so each has its own words, and each is CRITICAL. A folder of
    recorded runs that is missing or that others may write is UNKNOWN.
    """

    beats = uses(Beats)

    job: str = option("Name of the job", example="nightly-backup")
    folder: str | None = option(
        "Folder of recorded runs, else the variable CHECKS_BEATS_DIR, else /var/lib/checkwright/beats",
        default=None,
        example="/srv/beats",
    )
    beat: bool = option("Record a run instead of checking, that of the command where one follows", default=False)
    command: tuple[str, ...] = option("Command to run and record, after --beat", flags="...", default=())

    age = gauge("Time since last run", "s", needs_limit=True)
    run_time = gauge("Run time", "s", optional=True)
    ended = verdict("Exit status", ok=["0"])

    def validate(self) -> None:
        if self.beat:
            raise BadUsage("--beat records a run and measures nothing: leave it out where heartbeat is a check")
        if self.command:
            raise BadUsage("a command needs --beat: check heartbeat --beat --job NAME -- COMMAND")

    def act(self) -> int | None:
        return self.beats.wrap(self.job, self.command, self.folder) if self.beat else None

    def probe(self) -> Metrics:
        allowed = self.thresholds(type(self).age.gauge, self.job)
        if allowed.warn is None and allowed.crit is None:
            raise BadUsage("heartbeat needs to know how old a run may be: give -w or -c in seconds, such as -c 90000")
        for job, beat in self.each((self.job,), lambda job: self.beats.last(job, self.folder)):
            yield self.age(beat.age, of=job)
            yield self.ended(beat.status, of=job, hint="" if beat.status == "0" else "its last run failed")
            if beat.seconds is not None:
                yield self.run_time(beat.seconds, of=job)
