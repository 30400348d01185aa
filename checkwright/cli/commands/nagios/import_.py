"""`checkctl nagios import`: write a project from an existing configuration of Nagios."""

from __future__ import annotations

import json
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import add_files
from checkwright.cli.mail_aliases import FILE_NAME, render_aliases
from checkwright.cli.nagios_files import unreadable
from checkwright.cli.scaffold.allowed_names import require_project_folder
from checkwright.core.errors import CannotDo
from checkwright.migrate.nagios import Options, convert
from checkwright.migrate.project_files import write_project
from checkwright.registry.model.base import RegistryError, here, require_name
from nagios_cfg.reader import CannotRead, Copied, read

_REPORT = "import.md"
_JSON = "import.json"


@click.command("import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="DIR|FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the project, new or empty.")
@click.option("--environment", default="production", show_default=True, help="Environment of the hosts.")
@click.option(
    "--objects",
    type=click.Path(path_type=Path),
    help="Nagios's objects.cache or objects.precache, which has expanded objects; read instead of the object files.",
)
@click.option(
    "--nrpe",
    "nrpe",
    multiple=True,
    metavar="[HOSTS=]FILE",
    help="nrpe.cfg of all machines, or of those that a shell pattern matches; the first file with a command wins.",
)
@click.option(
    "--root",
    "roots",
    multiple=True,
    metavar="FOLDER=COPY",
    help="For a copy of a server's files: COPY replaces FOLDER, such as /etc/nagios4=DIR.",
)
@click.option("--regexp", is_flag=True, help="Assume use_regexp_matching=1, if the main file is not among the paths.")
@click.option("--keep-plugins", is_flag=True, help="Replace no plugin by a check of the library.")
@click.option(
    "--show-user", "public_macros", multiple=True, type=int, help="Number n of a macro $USERn$ that is not a secret."
)
@console.json_option
def command(
    paths: tuple[Path, ...],
    out: Path,
    environment: str,
    objects: Path | None,
    nrpe: tuple[str, ...],
    roots: tuple[str, ...],
    regexp: bool,
    keep_plugins: bool,
    public_macros: tuple[int, ...],
    as_json: bool,
) -> None:
    """Write a project that is equivalent to an existing Nagios configuration, and a report of all differences.

    DIR|FILE is a main file (nagios.cfg), a folder with one, or object files and folders of them. Nothing runs,
    and only --out is written.
    """
    if not paths and objects is None:
        raise click.UsageError("Name a main file, a folder or an object file, or give --objects.")
    target = require_project_folder(out)
    try:
        require_name("Environment", environment, here(1))
    except RegistryError as error:
        raise CannotDo(error.message) from None
    options = Options(target.name, environment, tuple(map(_pattern, nrpe)), keep_plugins, frozenset(public_macros))
    source = str(objects or paths[0])
    try:
        with console.status("reading"):
            live = read(paths, objects, Copied(tuple(map(_root, roots)), regexp))
        with console.status("converting"):
            done = convert(live, options, source)
    except CannotRead as error:
        raise unreadable(error) from None
    for problem in live.source.problems:
        console.note(f"warning: {problem}")
    if not live.hosts:
        raise CannotDo(f"{source} defines no host, so there is nothing to convert.")
    files = write_project(done.draft)
    files[_REPORT] = done.report.as_markdown()
    files[_JSON] = json.dumps(done.report.as_json(), indent=1, ensure_ascii=False) + "\n"
    if done.aliases:
        files[FILE_NAME] = render_aliases(done.aliases)
    add_files(target, files)
    if as_json:
        console.print_json(done.report.as_json())
    else:
        console.print_table(
            ("kind", "read", "carried over", "changed", "left out"),
            [
                (kind, str(sum(fates.values())), *map(str, fates.values()))
                for kind, fates in done.report.counts().items()
            ],
        )
    console.note(f"{out}: {len(files)} files; read {out / _REPORT}, then checkctl --project {out} lint")


def _root(text: str) -> tuple[str, Path]:
    folder, sign, copy = text.partition("=")
    if not sign or not folder.startswith("/") or not copy:
        raise click.UsageError(f"--root {text}: write FOLDER=COPY, such as /etc/nagios4=copies/nagios4.")
    if not Path(copy).is_dir():
        raise CannotDo(f"--root {text}: {copy} is not a folder.")
    return folder.rstrip("/") or "/", Path(copy)


def _pattern(text: str) -> tuple[str, Path]:
    pattern, sign, file = text.partition("=")
    return (pattern, Path(file)) if sign and "/" not in pattern else ("*", Path(text))
