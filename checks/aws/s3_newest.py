"""Age and size of the newest object in an S3 bucket, such as a backup."""

import time

from checks.aws._selection import seconds_since
from checks.aws.source import AwsCheck
from checkwright import BadUsage, Down, Metrics, Size, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_DAY = 86_400


class S3Newest(AwsCheck):
    """Age and size of the newest object below a prefix: the backup that exists, whatever the job reported.

    `shrink` compares its size with that of the object before it; a backup that lost half of its size is a WARNING.
    Objects below `--min-size` cannot be complete: they do not count, and the output has their number. If a prefix holds
    several kinds of files, select one by the last part of the key with `--pattern '*.sql.gz'`, so that sizes are
    comparable. Keys that end with / are folders of the console, and are skipped.

    S3 lists keys by name and never by time, so the check reads all keys below the prefix, 1,000 in each request. Narrow
    it down with a date: `--prefix 'db/%Y-%m-%d/'` reads today and the `--days` days before, in UTC. More than
    `--max-pages` pages are UNKNOWN, because the newest object could be on a later page. A prefix without objects is
    CRITICAL, and so is a bucket that does not exist. `--owner` is the account that must own the bucket; AWS denies
    access to a bucket of another account, which is UNKNOWN.

    Defaults: 26 hours are one missed night plus some delay, 50 hours are two missed nights.

    Permissions: s3:ListBucket on the bucket. Each page is one LIST request: $0.005 for 1,000 (unverified).

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("s3:ListBucket",)

    bucket: str = option("Bucket", flags="-b --bucket", example="shop-backups")
    prefix: str = option("Beginning of the keys, with codes such as %Y-%m-%d for the date", default="", example="db/")
    pattern: str = option("Pattern for the last part of the keys, such as *.sql.gz", default="")
    days: int = option("Days before today to read, where the prefix has a date", default=2)
    min_size: Size = option("Size that an object must have", default=1, unit="B")
    owner: str = option("Account that must own the bucket", default="", example="111122223333")
    max_pages: int = option("Pages of 1,000 keys to read", default=20)

    age = gauge("Newest object", "s", warn=93_600, crit=180_000)
    size = gauge("Size", "B")
    shrink = gauge("Shrunk by", "%", warn=50, crit=80, missing="ok")
    objects = gauge("Objects", min=0)

    def validate(self) -> None:
        super().validate()
        if not self.bucket:
            raise BadUsage("--bucket needs the name of a bucket")
        if self.owner and not (self.owner.isdecimal() and len(self.owner) == 12):
            raise BadUsage("--owner is the number of an account, such as 111122223333")
        if not 0 <= self.days <= 31 or not 1 <= self.max_pages <= 1000:
            raise BadUsage("--days is at most 31, and --max-pages between 1 and 1000")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        return {"s3:ListBucket": ("arn:{partition}:s3:::" + self.bucket,)}

    def calls(self) -> "Mapping[str, int]":
        return {"s3:ListBucket": len(self._prefixes())}

    def probe(self) -> Metrics:
        prefixes = self._prefixes()
        listed = {str(one["Key"]): one for prefix in prefixes for one in self._listed(prefix)}
        chosen = [one for key, one in listed.items() if self._is_chosen(key)]
        whole = [one for one in chosen if int(one.get("Size", 0)) >= self.min_size]
        small = len(chosen) - len(whole)
        if not whole:
            below = f" below {' and '.join(prefixes)}" if any(prefixes) else ""
            words = f", {small} too small" if small else ""
            matching = f" like {self.pattern}" if self.pattern else ""
            raise Down(f"there is no object{matching} in the bucket {self.bucket}{below}{words}")
        whole.sort(key=lambda one: (one["LastModified"].timestamp(), str(one["Key"])), reverse=True)
        newest, before = whole[0], int(whole[1].get("Size", 0)) if len(whole) > 1 else 0
        size = int(newest.get("Size", 0))
        yield self.age(seconds_since(newest["LastModified"]), hint=str(newest["Key"]))
        yield self.size(size)
        yield self.shrink(max(0, 100 * (1 - size / before)) if before else None)
        yield self.objects(len(whole), hint=f"{small} more are too small" if small else "")

    def _is_chosen(self, key: str) -> bool:
        from fnmatch import fnmatchcase

        return not key.endswith("/") and (not self.pattern or fnmatchcase(key.rpartition("/")[2], self.pattern))

    def _prefixes(self) -> list[str]:
        """Return the prefixes of today and the days before, each once."""
        if "%" not in self.prefix:
            return [self.prefix]
        now = time.time()
        found = [time.strftime(self.prefix, time.gmtime(now - day * _DAY)) for day in range(self.days + 1)]
        return list(dict.fromkeys(found))

    def _listed(self, prefix: str) -> "list[Mapping[str, Any]]":
        parameters: dict[str, Any] = {"Bucket": self.bucket, "Prefix": prefix}
        if self.owner:
            parameters["ExpectedBucketOwner"] = self.owner
        about = f"the bucket {self.bucket}"
        gone = ("NoSuchBucket",)
        pages = self.aws.pages("s3", "ListObjectsV2", about, self.where(), most=self.max_pages, gone=gone, **parameters)
        return [one for page in pages for one in page.get("Contents", ())]
