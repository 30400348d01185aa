"""Pulls of an environment's sources, compared with the inventory files of the project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from checkwright.cli import console
from checkwright.cli.workspace import Workspace
from checkwright.core.errors import CannotDo
from checkwright.core.regular_file import read_regular
from checkwright.inventory.guards import Accepted, Refusal
from checkwright.inventory.pull import Pulled, pull
from checkwright.inventory.records import CannotPull, IncompleteAnswer
from checkwright.inventory.role_changes import RoleChange, role_changes
from checkwright.inventory.source_answers import answer_of
from checkwright.registry.findings import FindingsError
from checkwright.registry.inventory import inventory_path
from checkwright.registry.loader import load
from checkwright.registry.model import Environment
from checkwright.registry.model.inventory_sources import InventorySource
from checkwright.registry.plan import Origin
from checkwright.registry.planning import plan_of
from checkwright.registry.registry import Registry

_LARGEST = 100_000_000


class PulledEnvironment:
    """Pulls of the chosen sources of one environment. Nothing is written.

    refusals: reasons not to write, each with the file that it is about.
    """

    def __init__(
        self, workspace: Workspace, name: str, files: tuple[str, ...], accepted: Accepted, puppetdb_config: str
    ) -> None:
        """Ask the sources. Raises CannotDo without an answer."""
        self.registry: Registry = load(str(workspace.project))
        self.environment: Environment = self.registry.environment(name)
        self.pulls: list[Pulled] = []
        self.refusals: list[tuple[str, Refusal]] = []
        chosen = self._chosen(files)
        if accepted != Accepted() and len(chosen) > 1:
            raise CannotDo("An acknowledgement is for one source: name its file with --file.")
        for source in chosen:
            with console.status(f"asking for {source.file}"):
                self._pull(source, accepted, puppetdb_config)
        if not self.refusals:
            self._plan_with_new_files()

    def path(self, file: str) -> str:
        """Return the path of an inventory of the environment."""
        return inventory_path(self.registry, self.environment, file)

    def contents(self) -> Mapping[str, str]:
        """Return the new text of each inventory that was pulled, by its name."""
        return {one.source.file: one.content for one in self.pulls}

    def _chosen(self, files: tuple[str, ...]) -> tuple[InventorySource, ...]:
        known = {source.file: source for source in self.environment.sources}
        if not known:
            message = f"{self.environment.name} has no source of inventories"
            raise CannotDo(f"{message}: declare one such as PuppetDb(...) in its inventory.")
        for file in files:
            if file not in known:
                have = ", ".join(known)
                raise CannotDo(f"{self.environment.name} has no source with the file {file}: it has {have}.")
        return tuple(known[file] for file in files or known)

    def _pull(self, source: InventorySource, accepted: Accepted, puppetdb_config: str) -> None:
        now = datetime.now(UTC)
        try:
            answer = answer_of(source, now, puppetdb_config)
            done = pull(source, answer, self._old(source.file), now, accepted)
        except IncompleteAnswer as error:
            self.refusals.append((source.file, Refusal("whole answer", f"{error}: run the pull again")))
            return
        except CannotPull as error:
            raise CannotDo(f"{source.file}: {error}. Nothing was written.") from None
        self.pulls.append(done)
        self.refusals += ((source.file, refusal) for refusal in done.refusals)

    def _old(self, file: str) -> str | None:
        path = self.path(file)
        try:
            return read_regular(path, _LARGEST).decode("utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise CannotDo(f"{file} cannot be read: {reason}.") from None

    def _plan_with_new_files(self) -> None:
        """Refuse hosts that the registry's rules refuse, such as one that the fleet declares too."""
        try:
            plan_of(self.registry, self.environment.name, inventories=self.contents())
        except FindingsError as error:
            names = {
                self.registry.relative(Origin(self.path(one.source.file), 1)).file: one.source.file
                for one in self.pulls
            }
            for finding in error.findings:
                if finding.severity == "error" and finding.origin and finding.origin.file in names:
                    line = f"line {finding.origin.line} of the new file: {finding.message}"
                    self.refusals.append((names[finding.origin.file], Refusal(finding.id, line)))


def changes_by_role(done: Pulled) -> tuple[RoleChange, ...]:
    """Return the changes of roles between the old and the new file."""
    return role_changes(
        {row.name: row.roles for row in done.before}, {row.name: row.roles for row in done.after}, done.gone
    )


def lines_of(done: Pulled) -> list[str]:
    """Return the lines that tell a person about one pull."""
    labels = {row.name: (row.address, row.parents, row.pool, dict(row.labels)) for row in done.before}
    changed = [
        row.name
        for row in done.after
        if row.name in labels and labels[row.name] != (row.address, row.parents, row.pool, dict(row.labels))
    ]
    named = [row.name for row in done.after if row.name in set(done.missing)]
    return [
        *(str(change) for change in changes_by_role(done)),
        *([f"other values of {len(changed)} hosts ({_first(changed)})"] if changed else []),
        *([f"missing, and kept for now: {_first(named)}"] if named else []),
        *([f"ignored: {done.ignored} of {len(done.facts.machines)} machines"] if done.ignored else []),
    ]


def summary_of(done: Pulled) -> str:
    """Return one line: the file, its hosts, and the time of its facts."""
    header = done.content.partition("\n")[0]
    return f"{done.source.file}: {len(done.after)} hosts, {header.rpartition(', ')[2]}"


def _first(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(sorted(names)[:5]) + more
