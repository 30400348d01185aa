"""Jobs of AWS Backup, and the age of the newest backup of each resource."""

import time

from checks.aws._selection import seconds_since, selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Duration, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: States of jobs without a backup, or with a part of one.
_FAILED = ("FAILED", "ABORTED", "EXPIRED", "PARTIAL")
#: Jobs that the text names.
_SHOWN = 3
_DAY = 86_400


class BackupJobs(AwsCheck):
    """Age of the newest backup of each resource in AWS Backup, and failed jobs.

    The age matters most, because a job that never started reports no failure: a backup plan that was removed, or whose
    tag no longer matches, is silent. `failed` counts jobs of the last `--window` that ended as FAILED, ABORTED, EXPIRED
    or PARTIAL and whose resource has no newer backup. `with_issues` counts jobs that ended as COMPLETED with a message,
    which the console shows as "completed with issues".

    AWS lists every resource that still has a backup, including deleted ones. Select those that matter with
    `--resource`, a pattern for their ARN or name, or skip others with `--exclude`. `--type RDS` selects by resource
    type. A pattern that matches no resource is CRITICAL, and so is a region without backups.

    Defaults: 26 hours are one missed night plus some delay, 50 hours are two missed nights.

    Permissions: backup:ListProtectedResources and backup:ListBackupJobs. Both are free, and the data is current.

    Tested with answers that match botocore's service models; moto has no jobs. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("backup:ListProtectedResources", "backup:ListBackupJobs")

    resource: tuple[str, ...] = option(
        "Resource that must have a backup: ARN, name or a pattern",
        flags="-r --resource",
        default=(),
        example="*:db:shop",
    )
    exclude: tuple[str, ...] = option("Resource to leave out, or a pattern", flags="-x --exclude", default=())
    kind: tuple[str, ...] = option("Kind of resources, such as RDS or EBS", flags="--type", default=())
    window: Duration = option("Time over which jobs count", default=93_600.0, unit="s")

    age = gauge("Newest backup of", "s", warn=93_600, crit=180_000)
    failed = gauge("Failed jobs", warn=0, min=0)
    with_issues = gauge("Jobs with issues", warn=0, min=0)
    resources = gauge("Resources", min=0)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.resource, *self.exclude, *self.kind):
            raise BadUsage("--resource, --exclude and --type need a name")
        if not 3600 <= self.window <= 30 * _DAY:
            raise BadUsage("--window is between an hour and 30 days")

    def probe(self) -> Metrics:
        known = [one for one in self._listed() if not self._matches(one, self.exclude)]
        if self.kind:
            known = [one for one in known if one.get("ResourceType") in self.kind]
        if self.resource:
            chosen: dict[str, Mapping[str, Any]] = {}
            for _, found in self.each(self.resource, lambda pattern: self._of(known, pattern)):
                chosen |= found
        else:
            chosen = _items(known)
            if not chosen:
                kinds = f" of {' or '.join(self.kind)}" if self.kind else ""
                raise Down(f"AWS Backup has no backup{kinds}{self.where().suffix()}")
        for item, one in chosen.items():
            yield self.age(seconds_since(one.get("LastBackupTime")), of=item, hint=str(one.get("ResourceType", "")))
        newest = {str(one.get("ResourceArn")): one.get("LastBackupTime") for one in chosen.values()}
        jobs = [job for state in _FAILED for job in self._jobs(state) if _counts(job, newest, bool(self.resource))]
        yield self.failed(len(jobs), hint=_words(jobs))
        issues = [job for job in self._jobs("COMPLETED") if job.get("StatusMessage")]
        issues = [job for job in issues if str(job.get("ResourceArn")) in newest or not self.resource]
        yield self.with_issues(len(issues), hint=_words(issues))
        yield self.resources(len(chosen))

    def _matches(self, one: "Mapping[str, Any]", patterns: tuple[str, ...]) -> bool:
        names = (str(one.get("ResourceArn", "")), str(one.get("ResourceName", "")))
        return bool(patterns) and any(selected(name, patterns) for name in names)

    def _of(self, known: "list[Mapping[str, Any]]", pattern: str) -> "dict[str, Mapping[str, Any]]":
        found = [one for one in known if self._matches(one, (pattern,))]
        if not found:
            raise Down(f"AWS Backup has no backup of {pattern}{self.where().suffix()}")
        return _items(found)

    def _listed(self) -> "list[Mapping[str, Any]]":
        about = f"the backups{self.where().suffix()}"
        pages = self.aws.pages("backup", "ListProtectedResources", about, self.where(), MaxResults=1000)
        return [one for page in pages for one in page.get("Results", ())]

    def _jobs(self, state: str) -> "list[Mapping[str, Any]]":
        from datetime import UTC, datetime

        pages = self.aws.pages(
            "backup",
            "ListBackupJobs",
            f"the jobs of backups{self.where().suffix()}",
            self.where(),
            ByState=state,
            ByCreatedAfter=datetime.fromtimestamp(int(time.time() - self.window), UTC),
            MaxResults=1000,
        )
        return [one for page in pages for one in page.get("BackupJobs", ())]


def _items(found: "list[Mapping[str, Any]]") -> "dict[str, Mapping[str, Any]]":
    """Return resources by the last part of their ARN, or by the whole ARN where two have the same."""
    short = [_short(str(one.get("ResourceArn", ""))) for one in found]
    named = {
        name if short.count(name) == 1 else str(one.get("ResourceArn", "")): one
        for name, one in zip(short, found, strict=True)
    }
    return dict(sorted(named.items()))


def _short(arn: str) -> str:
    return arn.rpartition(":")[2].rpartition("/")[2]


def _counts(job: "Mapping[str, Any]", newest: "Mapping[str, Any]", chosen_only: bool) -> bool:
    """Return True for a failed job of a chosen resource without a newer backup."""
    arn = str(job.get("ResourceArn"))
    if arn not in newest:
        return not chosen_only
    made, created = newest[arn], job.get("CreationDate")
    return made is None or created is None or made < created


def _words(jobs: "list[Mapping[str, Any]]") -> str:
    words = []
    for job in jobs[:_SHOWN]:
        reason = str(job.get("StatusMessage") or job.get("State", ""))
        words.append(f"{_short(str(job.get('ResourceArn', '')))}: {reason}")
    return "; ".join([*words, *([f"{len(jobs) - _SHOWN} more"] if len(jobs) > _SHOWN else [])])
