"""Options of `checkwright-worker --gearman`, and the frontend that they describe."""

from __future__ import annotations

import os
import re
import socket
import stat
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.net.connect import split_host_port
from checkwright.registry.model.pools import LONGEST_QUEUE, RUNS_ANY_COMMAND
from checkwright.worker.gearman.allow_list import AllowList
from checkwright.worker.gearman.gearman_frontend import GearmanFrontend, GearmanSettings
from checkwright.worker.gearman.payload import BadKey, Codec, read_key
from checkwright.worker.option_parser import seconds_from, whole_number
from checkwright.worker.worker_log import Log

_PORT = 4730
#: Programs that run any command in their arguments: a folder that holds one is no folder of plugins.
_SHELLS = ("sh", "bash", "env", "perl", "python3", "sudo")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=", re.ASCII)
_PLUGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
#: Options that may be repeated: flag, field of GearmanOptions, metavar, help.
_REPEATED = (
    ("--gearman", "gearmands", "HOST[:PORT]", "Take jobs from this gearmand; may be repeated."),
    ("--queue", "queues", "NAME", "A queue to take jobs from; may be repeated."),
    ("--plugins", "folders", "DIR", "A folder with plugins that jobs may run; may be repeated."),
    ("--allow-plugin", "plugins", "NAME", "A plugin in these folders that jobs may run; may be repeated."),
    ("--allow-project", "projects", "DIR", "A --project that jobs may name; may be repeated."),
    ("--allow-env", "variables", "NAME=VALUE", "A variable that env may set for a job; may be repeated."),
)


def add_gearman_options(parser: ArgumentParser) -> None:
    """Add the options of the frontend to mod_gearman to a parser."""
    group = parser.add_argument_group("jobs of mod_gearman")
    for flag, field, metavar, help in _REPEATED:
        group.add_argument(flag, dest=field, action="append", default=[], metavar=metavar, help=help)
    group.add_argument("--key-file", metavar="FILE", help="File with mod_gearman's key; mode 0640 at most.")
    group.add_argument(
        "--at-once",
        type=whole_number(1, 5_000),
        default=50,
        metavar="N",
        help="Maximum number of jobs to hold at once; default 50.",
    )
    group.add_argument(
        "--max-age", type=seconds_from(1), metavar="SECONDS", help="Do not run jobs that are older than this."
    )
    group.add_argument(
        "--name", metavar="NAME", help="Name of this worker, as in the queue worker_NAME; default the host name."
    )


@dataclass(frozen=True, kw_only=True)
class GearmanOptions:
    """Parsed options. Without gearmands there is no frontend to mod_gearman."""

    gearmands: Sequence[str] = ()
    queues: Sequence[str] = ()
    key_file: str | None = None
    folders: Sequence[str] = ()
    plugins: Sequence[str] = ()
    projects: Sequence[str] = ()
    variables: Sequence[str] = ()
    at_once: int = 50
    max_age: float | None = None
    name: str | None = None

    def frontend(self, log: Log) -> GearmanFrontend | None:
        """Return the frontend, not opened yet; None if no gearmand is named. Raises CannotDo."""
        if not self.gearmands:
            further = (self.queues, self.key_file, self.folders, self.plugins, self.projects, self.variables)
            if any((*further, self.max_age, self.name)):
                raise CannotDo(
                    "Name a gearmand too: --gearman HOST[:PORT]. The other options say what is done with its jobs."
                )
            return None
        if not self.queues:
            raise CannotDo("Say which queues to take jobs from: --queue service, --queue host, --queue hostgroup_NAME.")
        for queue in (*self.queues, self.name or "x"):
            if why := _objection_to_queue(queue):
                raise CannotDo(f"{queue!r} cannot be the name of a queue: {why}.")
        try:
            codec = Codec(read_key(self.key_file) if self.key_file is not None else None)
        except BadKey as error:
            raise CannotDo(f"{str(error)[0].upper()}{str(error)[1:]}.") from None
        for folder in self.folders:
            if why := _objection_to_folder(folder):
                raise CannotDo(f"--plugins {folder}: {why}.")
        for plugin in self.plugins:
            if why := _objection_to_plugin(plugin, self.folders):
                raise CannotDo(f"--allow-plugin {plugin}: {why}.")
        for variable in self.variables:
            if not _ASSIGNMENT.match(variable):
                raise CannotDo(
                    f"--allow-env {variable!r}: write NAME=VALUE; a job may set it to this value and no other."
                )
        settings = GearmanSettings(
            servers=_servers(self.gearmands),
            queues=tuple(dict.fromkeys(self.queues)),
            codec=codec,
            allowed=AllowList(self.folders, self.plugins, self.projects, self.variables),
            name=self.name or socket.gethostname(),
            slots=self.at_once,
            version=f"checkwright {version('checkwright')}",
            max_age=self.max_age,
        )
        return GearmanFrontend(settings, log)

    def words(self) -> list[str]:
        """Return the options as words of a command line, with full paths."""
        if not self.gearmands:
            return []
        words = [word for one in self.gearmands for word in ("--gearman", one)]
        words += [word for one in self.queues for word in ("--queue", one)]
        words += ["--key-file", os.path.abspath(self.key_file)] if self.key_file is not None else []
        words += [word for one in self.folders for word in ("--plugins", one)]
        words += [word for one in self.plugins for word in ("--allow-plugin", one)]
        words += [word for one in self.projects for word in ("--allow-project", os.path.abspath(one))]
        words += [word for one in self.variables for word in ("--allow-env", one)]
        words += ["--at-once", str(self.at_once)]
        words += ["--max-age", f"{self.max_age:g}"] if self.max_age is not None else []
        return words + (["--name", self.name] if self.name else [])


def _servers(gearmands: Sequence[str]) -> list[tuple[str, int]]:
    """Return host and port of each gearmand. An option may name several, with commas, as mod_gearman's `server=`."""
    try:
        named = [one.strip() for text in gearmands for one in text.split(",")]
        return list(dict.fromkeys(split_host_port(one, _PORT, "--gearman") for one in named))
    except BadUsage as error:
        raise CannotDo(f"{error}.") from None


def _objection_to_queue(queue: str) -> str:
    if not queue:
        return "it is empty"
    if len(queue.encode("utf-8", "surrogateescape")) > LONGEST_QUEUE:
        return f"it is longer than {LONGEST_QUEUE} bytes, which gearman's clients do not take"
    return "" if queue.isprintable() and queue == queue.strip() else "it holds blanks at its ends or control characters"


def _objection_to_folder(folder: str) -> str:
    """Return why jobs may not run plugins of this folder, in one sentence; "" if they may."""
    if not os.path.isabs(folder):
        return "give a full path"
    try:
        found = os.stat(folder)
    except OSError as error:
        return str(error.strerror)
    if not stat.S_ISDIR(found.st_mode):
        return "it is not a folder"
    if found.st_mode & stat.S_IWOTH:
        return "everybody may write it, so that a job could run anything: chmod o-w"
    for shell in _SHELLS:
        if os.access(os.path.join(folder, shell), os.X_OK):
            return f"it holds {shell}, with which a job could run anything: make a folder of links to the plugins"
    return ""


def _objection_to_plugin(plugin: str, folders: Sequence[str]) -> str:
    """Return why jobs may not run this plugin, in one sentence; "" if they may."""
    if not folders:
        return "name its folder too with --plugins"
    if not _PLUGIN.fullmatch(plugin):
        return "give the name of a plugin, without its folder"
    if plugin in RUNS_ANY_COMMAND:
        return "it runs any command in its arguments, so that a job could run anything"
    return ""
