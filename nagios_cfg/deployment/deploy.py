"""Put built object files in the place of the live ones, so that Nagios has the old or the new, and never a mix.

Nothing here knows a project: it may run as root, and what root runs must not come from a repository.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.watched_objects import read_definitions, watched_objects
from nagios_cfg.deployment.build_folder import digest, read_folder
from nagios_cfg.deployment.daemon import SIGNAL, Daemon, NotBack
from nagios_cfg.deployment.deploy_lock import Held, held
from nagios_cfg.deployment.mainfile import MainFile, Unusable
from nagios_cfg.deployment.versions import Misplaced, Version, Versions

#: What a deployment passes, in order. A kill between any two leaves the old version live, or the new one.
STEPS = ("locked", "staged", "verified", "kept", "swapped", "reloaded", "tidied")

_SHOWN = 20


class CannotDeploy(Exception):
    """Refused or impossible, and nothing that is live was changed: one sentence. `details` are lines to show."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class RolledBack(Exception):
    """Nagios did not come back with what was deployed, and what was live before is live again: a sentence."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What would no longer be watched. `before` and `after` are counts; `lost` are names, all or the first of them.

    `known` is False when what is live was not made by checkctl and could not be counted.
    """

    known: bool
    before: dict[str, int]
    after: dict[str, int]
    lost: dict[str, list[str]]


class NeedsWord(Exception):
    """A loss that somebody has to agree to, by giving `digest` back."""

    def __init__(self, digest: str, loss: Loss, share: float) -> None:
        was, will = loss.before, loss.after
        counts = f"{was['hosts']} to {will['hosts']} hosts, {was['services']} to {will['services']} services"
        super().__init__(
            f"this takes away more than {share:.0%} of what is watched ({counts}); is that meant?"
            if loss.known
            else f"what is live was not made by checkctl, so that nobody counted what is lost "
            f"({will['hosts']} hosts and {will['services']} services come); is that meant?"
        )
        self.digest = digest
        self.loss = loss

    def as_json(self) -> dict[str, object]:
        return {"question": str(self), "digest": self.digest, **asdict(self.loss)}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What is live now, and what came of it. `warnings` are Nagios's own."""

    version: str
    changed: bool
    reloaded: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where to deploy, and how Nagios is told.

    `reload` is a command as a list, SIGNAL, or () for not at all; `patience` and `wait` (for the lock) are
    seconds; `keep` is how many versions before the live one stay for a rollback.
    """

    link: Path
    main: Path
    nagios: str
    reload: Sequence[str]
    patience: float = 60
    wait: float = 0
    keep: int = 5


@dataclass(frozen=True, slots=True)
class Permission:
    """What the caller agrees to: a folder that is not ours, edits by hand that get lost, a great loss.

    `share` is the part of the hosts or of the services that may go without a word, 0 to 1.
    """

    adopt: bool = False
    overwrite: bool = False
    confirmed: str = ""
    share: float = 0.1


#: Agrees to nothing.
CAUTIOUS = Permission()


def _unwatched(step: str) -> None:
    """Nobody wants to know which step was passed."""


def deploy(
    files: Mapping[str, str],
    target: Target,
    permission: Permission = CAUTIOUS,
    passed: Callable[[str], None] = _unwatched,
) -> Deployed:
    """Make `files` ({path: text}) what the link points to, and reload Nagios; `passed` is told each of STEPS.

    Raises CannotDeploy and NeedsWord, with nothing changed, and RolledBack.
    """
    with _ready(target) as (versions, main):
        passed("locked")
        before = versions.live()
        foreign = versions.foreign()
        _check_edits(before, permission)
        if foreign is not None and not permission.adopt:
            raise CannotDeploy(
                f"{versions.link} is there and deploy did not make it: --adopt makes it the version before this one"
            )
        place = before.folder if before else foreign
        present = read_folder(place) if place else {}
        _check_loss(present, files, permission)
        same = before is not None and digest(present) == digest(files)
        if same and before is not None and (before.was_read or not target.reload):
            return Deployed(before.name, changed=False, reloaded=False)
        _check_runs(target, main)
        if same and before is not None:  # a deployment was killed before Nagios was told
            return Deployed(before.name, True, _reloaded(versions, main, target, before))
        with versions.attempt() as attempt:
            name_before = attempt.reserve(present) if foreign else before.name if before else ""
            staged = attempt.stage(files, name_before)
            passed("staged")
            warnings = _verified(main, target, versions.link, staged)
            passed("verified")
            version = attempt.keep()
            passed("kept")
            if foreign:
                versions.adopt(version)
            else:
                versions.point_to(version)
        passed("swapped")
        reloaded = _reloaded(versions, main, target, version)
        passed("reloaded")
        versions.tidy(target.keep)
        passed("tidied")
        return Deployed(version.name, True, reloaded, warnings)


def rollback(target: Target, permission: Permission = CAUTIOUS) -> Deployed:
    """Make the version before the live one live again, and reload Nagios. Raises as `deploy` does."""
    with _ready(target) as (versions, main):
        live = versions.live()
        if live is None:
            raise CannotDeploy(f"{versions.link} is no link that deploy made: there is nothing to go back to")
        _check_edits(live, permission)
        earlier = versions.named(live.before)
        if earlier is None:
            raise CannotDeploy(f"no version before {live.name} is kept: build the one that you want, and deploy it")
        _check_runs(target, main)
        warnings = _verified(main, target, versions.link, earlier.folder)
        versions.point_to(earlier)
        return Deployed(earlier.name, True, _reloaded(versions, main, target, earlier, back_to=live), warnings)


@contextmanager
def _ready(target: Target) -> Iterator[tuple[Versions, MainFile]]:
    """Hold the lock, and make one sentence of whatever the machine refuses."""
    versions = Versions(target.link)
    try:
        main = MainFile(target.main)
        main.check_includes(versions.link)
        versions.foreign()
        versions.prepare()
        with held(versions.lock, target.wait):
            yield versions, main
    except Held as held_by:
        raise CannotDeploy(
            f"another deployment to {versions.link} is under way ({held_by}): --wait SECONDS waits for it"
        ) from None
    except (Misplaced, Unusable) as error:
        raise CannotDeploy(str(error)) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CannotDeploy(f"cannot deploy to {target.link}: {where}{error.strerror or error}") from None


def _check_edits(live: Version | None, permission: Permission) -> None:
    if live is not None and not permission.overwrite and (edits := live.edits()):
        raise CannotDeploy(
            "what is live was edited by hand since it was deployed (see above): take the edits over into the "
            "registry, and overwrite them with --overwrite",
            edits,
        )


def _check_loss(present: Mapping[str, str], files: Mapping[str, str], permission: Permission) -> None:
    word = digest(files)
    if permission.confirmed == word or not present:
        return
    if permission.confirmed:
        raise CannotDeploy(f"--confirm has the digest of other files; that of these is {word}")
    loss = _loss(present, files)
    great = any(len(names) > permission.share * loss.before[kind] for kind, names in loss.lost.items())
    if great or not loss.known:
        shown = {kind: names[:_SHOWN] for kind, names in loss.lost.items()}
        raise NeedsWord(word, Loss(loss.known, loss.before, loss.after, shown), permission.share)


def _loss(present: Mapping[str, str], files: Mapping[str, str]) -> Loss:
    try:
        new = _names(files)
    except Unreadable as error:
        raise CannotDeploy(f"the built files cannot be read, line {error.line}: {error}; build them again") from None
    try:
        old = _names(present)
        known = True
    except Unreadable:
        old = {kind: set() for kind in new}
        known = False
    return Loss(
        known,
        before={kind: len(names) for kind, names in old.items()},
        after={kind: len(names) for kind, names in new.items()},
        lost={kind: sorted(names - new[kind]) for kind, names in old.items()},
    )


def _names(files: Mapping[str, str]) -> dict[str, set[str]]:
    counted = watched_objects(read_definitions(files))
    return {"hosts": set(counted.hosts), "services": {f"{host}: {name}" for host, name in counted.services}}


def _verified(main: MainFile, target: Target, link: Path, folder: Path) -> tuple[str, ...]:
    status, said = main.verify(target.nagios, link, folder)
    if status:
        details = "\n".join(said[:_SHOWN])
        raise CannotDeploy(
            f"{os.path.basename(target.nagios)} -v refuses {main.path} with these files; what is live was left alone",
            details,
        )
    return said


def _check_runs(target: Target, main: MainFile) -> None:
    if not target.reload:
        return
    status_file = main.get("status_file")
    if not status_file:
        raise CannotDeploy(f"{main.path} sets no status_file to watch: set it, or deploy with --reload none")
    daemon = _daemon(main)
    if daemon.running() is None:
        raise CannotDeploy(f"no Nagios is running that writes {status_file}: start it, or deploy with --reload none")
    if tuple(target.reload) == SIGNAL and daemon.locked_by() is None:
        why = f"lock_file of {main.path} names no process, as of a Nagios that was started without -d"
        raise CannotDeploy(f"{why}: name the command that reloads it by --reload")


def _daemon(main: MainFile) -> Daemon:
    return Daemon(Path(main.get("status_file")), Path(main.get("lock_file")))


def _reloaded(
    versions: Versions, main: MainFile, target: Target, version: Version, back_to: Version | None = None
) -> bool:
    """Reload; when Nagios does not come back, return to `back_to`, or to the version before, and raise RolledBack."""
    if not target.reload:
        return False
    daemon = _daemon(main)
    try:
        daemon.reload(target.reload, target.patience)
    except NotBack as why:
        earlier = back_to or versions.named(version.before)
        versions.point_to(earlier)
        name = f"version {earlier.name}" if earlier else "nothing, as before,"
        message = f"Nagios did not come back with version {version.name} ({why}); {name} is live again"
        try:
            daemon.reload(target.reload, target.patience)
        except NotBack as again:
            raise RolledBack(
                f"{message}, but Nagios does not come back with it either ({again}): see its log"
            ) from None
        raise RolledBack(f"{message}, and Nagios came back with it") from None
    versions.mark_read(version)
    return True
