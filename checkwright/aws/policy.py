"""IAM policies: the actions that the watches of an account need, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from checkwright.aws.aws_watches import AwsWatch
from checkwright.registry.model.account import partition_of

#: Characters without white space that AWS takes in one managed policy (unverified).
LONGEST = 6144


def policy(watches: Iterable[AwsWatch]) -> dict[str, Any]:
    """Return the IAM policy for the watches of one account: one statement for each set of resources.

    An action has resources where AWS supports them for it and the options of the checks name them.
    """
    resources: dict[str, set[str]] = {}
    for watch in watches:
        for action, arns in watch.check.needs().items():
            resources.setdefault(action, set()).update(_filled(arn, watch) for arn in arns)
    statements: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(resources):
        arns = tuple(sorted(arn for arn in resources[action] if not _is_covered(arn, resources[action])))
        statements.setdefault(arns, []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"Watch{number}",
                "Effect": "Allow",
                "Action": actions,
                "Resource": arns[0] if len(arns) == 1 else list(arns),
            }
            for number, (arns, actions) in enumerate(sorted(statements.items()), 1)
        ],
    }


def length(document: dict[str, Any]) -> int:
    """Return the number of characters that AWS counts."""
    import json

    return len(json.dumps(document, separators=(",", ":")))


def _is_covered(arn: str, others: set[str]) -> bool:
    """Return True if the pattern of another ARN includes this one."""
    return any(fnmatchcase(arn, other) and not fnmatchcase(other, arn) for other in others)


def _filled(arn: str, watch: AwsWatch) -> str:
    """Return an ARN with the partition, region and number of the watch's account, `*` for what is not known."""
    # IAM takes no pattern for the partition.
    partition = watch.account.partition() if watch.account else partition_of(watch.region)
    number = watch.account.id if watch.account else ""
    for name, value in (("partition", partition), ("region", watch.region or "*"), ("account", number or "*")):
        arn = arn.replace(f"{{{name}}}", value)
    return arn
