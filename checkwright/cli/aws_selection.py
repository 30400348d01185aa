"""Selection of the watches of one account, and of the alarms of one region."""

from __future__ import annotations

from collections.abc import Iterable

from checkwright.aws.alarms import Alarm
from checkwright.aws.aws_watches import AwsWatch
from checkwright.core.errors import CannotDo
from checkwright.registry.model.base import did_you_mean


def of_account(watches: Iterable[AwsWatch], environment: str, account: str) -> list[AwsWatch]:
    """Return the watches of an account, "" for the only one. Raises CannotDo if there is none, or several."""
    by_name: dict[str, list[AwsWatch]] = {}
    for watch in watches:
        if watch.entry.where != "host":
            by_name.setdefault(watch.account.name if watch.account else "", []).append(watch)
    return by_name[_chosen("account", by_name, environment, account)] if by_name or account else _none(environment)


def of_alarm_region(made: Iterable[Alarm], environment: str, region: str) -> list[Alarm]:
    """Return the alarms of a region, "" for the only one. Raises CannotDo if there is none, or several."""
    by_name: dict[str, list[Alarm]] = {}
    for alarm in made:
        by_name.setdefault(alarm.region, []).append(alarm)
    return by_name[_chosen("region", by_name, environment, region)]


def _chosen(what: str, known: Iterable[str], environment: str, name: str) -> str:
    names = sorted(known)
    listed = ", ".join(one or "the default" for one in names)
    if name and name not in names:
        guess = did_you_mean(name, names)
        raise CannotDo(f"{environment} has no watches of AWS in the {what} {name!r}{guess}: it has {listed or 'none'}.")
    if not name and len(names) > 1:
        raise CannotDo(f"{environment} has watches of AWS in several {what}s: choose one with --{what}: {listed}.")
    return name or names[0]


def _none(environment: str) -> list[AwsWatch]:
    raise CannotDo(f"{environment} has no watches of AWS on the monitoring server or in a pool.")
