"""Deployment of built object files: Nagios has the old version or the new one, never a mix.

This may run as root, so it loads no code of a project.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.watched_objects import read_definitions, watched_objects
from nagios_cfg.deployment import main_settings
from nagios_cfg.deployment.build_folder import NOTIFY_PREFIX, digest, object_files, read_folder
from nagios_cfg.deployment.daemon import SIGNAL, Daemon, ReloadFailed
from nagios_cfg.deployment.deploy_lock import LockHeld, hold_lock
from nagios_cfg.deployment.mainfile import MainFile, UnusableMainFile
from nagios_cfg.deployment.notify_links import NotifyLinks
from nagios_cfg.deployment.versions import Version, VersionError, Versions

#: Steps of a deployment, in order. After a kill between two steps the old version or the new one is live.
STEPS = ("locked", "staged", "verified", "kept", "swapped", "reloaded", "pruned")

_SHOWN = 20


class CannotDeploy(Exception):
    """Error of a deployment that changed nothing live: one sentence. `details` are lines to show with it."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class RolledBack(Exception):
    """Error of a version that Nagios did not load. The previous version is live again: one sentence."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Hosts and services that a deployment would stop watching, by "hosts" and "services".

    `before` and `after` are counts, `lost` are names, all or the first of them. `known` is False if checkctl did not
    build the live files, so that nothing could be counted.
    """

    known: bool
    before: dict[str, int]
    after: dict[str, int]
    lost: dict[str, list[str]]


class ConfirmationRequired(Exception):
    """Error of a loss that needs a confirmation: pass `digest` as Permission.confirmed."""

    def __init__(self, digest: str, loss: Loss, share: float) -> None:
        old, new = loss.before, loss.after
        counts = f"{old['hosts']} to {new['hosts']} hosts, {old['services']} to {new['services']} services"
        super().__init__(
            f"This removes more than {share:.0%} of the hosts or services ({counts}). Deploy?"
            if loss.known
            else f"checkctl did not build the live files, so it cannot count what is lost "
            f"({new['hosts']} hosts and {new['services']} services after the deployment). Deploy?"
        )
        self.digest = digest
        self.loss = loss

    def as_json(self) -> dict[str, object]:
        """Return the question, the digest and the loss as JSON values."""
        return {"question": str(self), "digest": self.digest, **asdict(self.loss)}


@dataclass(frozen=True, slots=True)
class Deployment:
    """Result of a deployment: the live version, and warnings of Nagios."""

    version: str
    changed: bool
    reloaded: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Place of a deployment, and how to reload Nagios.

    `reload` is an argv, SIGNAL, or () for no reload. `patience` (for the reload) and `wait` (for the lock) are seconds.
    `keep` is the number of versions before the live one that stay for a rollback. `notify` is the folder where
    checkwright-notify reads its settings, None to install none.
    """

    link: Path
    main: Path
    nagios: str
    reload: Sequence[str]
    patience: float = 60
    wait: float = 0
    keep: int = 5
    notify: Path | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Permissions of the caller: to take over an unmanaged folder, to overwrite edits by hand, to lose hosts.

    `confirmed` is the digest of a ConfirmationRequired. `share` is the part of the hosts or services, 0 to 1, that may
    be lost without confirmation.
    """

    adopt: bool = False
    overwrite: bool = False
    confirmed: str = ""
    share: float = 0.1


#: Default permission: nothing is allowed.
NO_PERMISSION = Permission()


def _ignore_step(step: str) -> None:
    """Do nothing at a step."""


def deploy(
    files: Mapping[str, str],
    target: Target,
    permission: Permission = NO_PERMISSION,
    on_step: Callable[[str], None] = _ignore_step,
    settings: Mapping[str, str] | None = None,
) -> Deployment:
    """Point the link to `files` ({path: text}), and reload Nagios. `on_step` is called after each of STEPS.

    Files for notifications have the prefix `../notify/`. `settings` are those that the files need in the main
    configuration. Raises CannotDeploy and ConfirmationRequired, with nothing changed, and RolledBack.
    """
    with _ready(target) as (versions, main, links):
        on_step("locked")
        for contradiction in main_settings.refusals(main, settings or {}):
            raise CannotDeploy(contradiction)
        before = versions.live()
        unmanaged = versions.unmanaged()
        _check_edits(before, permission)
        if unmanaged is not None and not permission.adopt:
            raise CannotDeploy(
                f"{versions.link} exists and deploy did not make it: --adopt keeps it as the previous version"
            )
        links.check(_notify_names(files), adopt=permission.adopt)
        present = before.files() if before else read_folder(unmanaged) if unmanaged else {}
        _check_loss(present, files, permission)
        same = before is not None and digest(present) == digest(files)
        if same and before is not None and (before.was_loaded or not target.reload):
            links.follow(before)
            return Deployment(before.name, changed=False, reloaded=False)
        _check_runs(target, main)
        if same and before is not None:  # a deployment was killed before the reload
            links.follow(before)
            return Deployment(before.name, True, _reloaded(versions, main, links, target, before))
        with versions.attempt() as attempt:
            name_before = attempt.reserve(present) if unmanaged else before.name if before else ""
            staged = attempt.stage(files, name_before)
            on_step("staged")
            warnings = _verified(main, target, versions.link, staged)
            warnings += tuple(main_settings.warnings(main, settings or {}))
            warnings += tuple(_notify_warnings(files, target))
            on_step("verified")
            version = attempt.keep()
            on_step("kept")
            if unmanaged:
                versions.adopt(version)
            else:
                versions.point_to(version)
        on_step("swapped")
        _link_settings(versions, links, version, versions.named(version.before))
        reloaded = _reloaded(versions, main, links, target, version)
        on_step("reloaded")
        versions.prune(target.keep)
        on_step("pruned")
        return Deployment(version.name, True, reloaded, warnings)


def rollback(target: Target, permission: Permission = NO_PERMISSION) -> Deployment:
    """Point the link to the version before the live one, and reload Nagios. Raises the same errors as `deploy`."""
    with _ready(target) as (versions, main, links):
        live = versions.live()
        if live is None:
            raise CannotDeploy(f"deploy did not make {versions.link}: there is no version to roll back to")
        _check_edits(live, permission)
        earlier = versions.named(live.before)
        if earlier is None:
            raise CannotDeploy(f"no version before {live.name} is kept: build an earlier revision, and deploy it")
        links.check(earlier.notify_names(), adopt=permission.adopt)
        _check_runs(target, main)
        warnings = _verified(main, target, versions.link, earlier.folder)
        versions.point_to(earlier)
        _link_settings(versions, links, earlier, live)
        reloaded = _reloaded(versions, main, links, target, earlier, back_to=live)
        return Deployment(earlier.name, True, reloaded, warnings)


@contextmanager
def _ready(target: Target) -> Iterator[tuple[Versions, MainFile, NotifyLinks]]:
    """Hold the lock during a `with` block, and turn every error into CannotDeploy."""
    versions = Versions(target.link)
    try:
        main = MainFile(target.main)
        main.check_includes(versions.link)
        versions.unmanaged()  # raises before anything is created
        versions.prepare()
        with hold_lock(versions.lock, target.wait):
            yield versions, main, NotifyLinks(target.notify, versions.link)
    except LockHeld as owner:
        raise CannotDeploy(
            f"another deployment to {versions.link} is running ({owner}): --wait SECONDS waits for it"
        ) from None
    except (VersionError, UnusableMainFile) as error:
        raise CannotDeploy(str(error)) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CannotDeploy(f"cannot deploy to {target.link}: {where}{error.strerror or error}") from None


def _check_edits(live: Version | None, permission: Permission) -> None:
    if live is not None and not permission.overwrite and (edits := live.edits()):
        raise CannotDeploy(
            "the live files were edited by hand since their deployment (see above): make these changes in the "
            "registry, then deploy with --overwrite",
            edits,
        )


def _check_loss(present: Mapping[str, str], files: Mapping[str, str], permission: Permission) -> None:
    expected = digest(files)
    if permission.confirmed == expected or not present:
        return
    if permission.confirmed:
        raise CannotDeploy(f"--confirm has the digest of other files; the digest of these is {expected}")
    loss = _loss(present, files)
    too_great = any(len(names) > permission.share * loss.before[kind] for kind, names in loss.lost.items())
    if too_great or not loss.known:
        shown = {kind: names[:_SHOWN] for kind, names in loss.lost.items()}
        raise ConfirmationRequired(expected, Loss(loss.known, loss.before, loss.after, shown), permission.share)


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
    counted = watched_objects(read_definitions(object_files(files)))
    return {"hosts": set(counted.hosts), "services": {f"{host}: {name}" for host, name in counted.services}}


def _notify_names(files: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(path.removeprefix(NOTIFY_PREFIX) for path in files if path.startswith(NOTIFY_PREFIX))


def _link_settings(versions: Versions, links: NotifyLinks, version: Version, earlier: Version | None) -> None:
    """Make the links of a version that is live now. An error makes the earlier version live again."""
    try:
        links.follow(version)
    except (OSError, VersionError):
        versions.point_to(earlier)
        raise


def _notify_warnings(files: Mapping[str, str], target: Target) -> Iterator[str]:
    if target.notify is None:
        for name in _notify_names(files):
            yield f"notify/{name} was not installed: copy it to where checkwright-notify reads it"


def _verified(main: MainFile, target: Target, link: Path, folder: Path) -> tuple[str, ...]:
    status, messages = main.verify(target.nagios, link, folder)
    if status:
        details = "\n".join(messages[:_SHOWN])
        raise CannotDeploy(
            f"{os.path.basename(target.nagios)} -v refuses {main.path} with these files; nothing was changed",
            details,
        )
    return messages


def _check_runs(target: Target, main: MainFile) -> None:
    if not target.reload:
        return
    status_file = main.get("status_file")
    if not status_file:
        raise CannotDeploy(
            f"{main.path} sets no status_file, which shows the reload: set it, or deploy with --reload none"
        )
    daemon = _daemon(main)
    if daemon.running() is None:
        raise CannotDeploy(f"no running Nagios writes {status_file}: start it, or deploy with --reload none")
    if tuple(target.reload) == SIGNAL and daemon.locked_by() is None:
        why = f"lock_file of {main.path} contains no process number, as if Nagios was started without -d"
        raise CannotDeploy(f"{why}: name a reload command with --reload")


def _daemon(main: MainFile) -> Daemon:
    return Daemon(Path(main.get("status_file")), Path(main.get("lock_file")))


def _reloaded(
    versions: Versions,
    main: MainFile,
    links: NotifyLinks,
    target: Target,
    version: Version,
    back_to: Version | None = None,
) -> bool:
    """Reload Nagios. If it does not load `version`, restore `back_to` or the previous version, and raise RolledBack."""
    if not target.reload:
        return False
    daemon = _daemon(main)
    try:
        daemon.reload(target.reload, target.patience)
    except ReloadFailed as why:
        earlier = back_to or versions.named(version.before)
        versions.point_to(earlier)
        links.follow(earlier)
        restored = f"version {earlier.name} is live again" if earlier else "the link was removed again"
        message = f"Nagios did not load version {version.name} ({why}); {restored}"
        try:
            daemon.reload(target.reload, target.patience)
        except ReloadFailed as again:
            raise RolledBack(f"{message}, but Nagios does not load that either ({again}): see its log") from None
        raise RolledBack(f"{message}, and Nagios was reloaded") from None
    versions.mark_loaded(version)
    return True
