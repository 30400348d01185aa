"""`checkctl sensu import`: an existing Sensu's checks and machines as a project, and a report on the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkwright.cli import console
from checkwright.cli.named_file import read_text
from checkwright.cli.scaffold.allowed_names import project_name_fault
from checkwright.cli.write import add_files
from checkwright.core.errors import CannotDo
from checkwright.migrate.report import Report
from checkwright.registry.model.base import did_you_mean

if TYPE_CHECKING:
    from sensu.reading.stored_objects import Object

_LEVELS = ("page", "office-hours", "ticket", "nobody")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of the project to make.")
@click.option("--environment", default="default", show_default=True, help="That of objects that name no namespace.")
@click.option("--notify", "levels", multiple=True, metavar="HANDLER=LEVEL", help="What a handler or pipeline is for.")
@click.option("--keep-plugins", is_flag=True, help="Put no check of ours in a plugin's place.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, for a machine.")
def command(
    files: tuple[Path, ...], out: Path, environment: str, levels: tuple[str, ...], keep_plugins: bool, as_json: bool
) -> int:
    """Make a project of what FILEs hold of a Sensu: the output of sensuctl dump, or Core's definitions.

    What cannot be carried over is in import.md, and for a machine in import.json, with its file and line. Then the
    project is generated again, and each field that differs is in the report as well.
    """
    from checkwright.migrate.project_files import write_project
    from checkwright.migrate.sensu import import_report, roundtrip, sensu_draft
    from checkwright.migrate.sensu.check_watch import name_of
    from checkwright.migrate.sensu.namespaces import Wanted
    from sensu.reading import stored_objects

    name = _project(out)
    if name_of(environment) != environment:
        raise CannotDo(f"--environment {environment!r} is no name: use letters, digits, _ . and -.")
    source = ", ".join(file.name for file in files)
    wanted = Wanted(name, source, environment, dict(map(_level, levels)), keep_plugins)
    found = [one for file in files for one in stored_objects.read(str(file), read_text(file))]
    with console.working("reading, and generating it again"):
        draft, report, carried = sensu_draft.draft(found, wanted)
        if not draft.environments:
            raise CannotDo(_nothing(source, report))
        written = write_project(draft)
        generated = roundtrip.generate(written, name, carried)
        import_report.add(report, generated)
    for said in _told_nobody(wanted.levels, [one for one in found if isinstance(one, stored_objects.Object)]):
        console.note(said)
    machine = import_report.as_json(report, generated, carried)
    text = json.dumps(machine, indent=2, ensure_ascii=False) + "\n"
    add_files(
        out.absolute(),
        {**written, "import.md": import_report.as_markdown(report, generated, carried), "import.json": text},
    )
    console.findings(generated.findings)
    if as_json:
        console.say(text.rstrip("\n"))
    else:
        for line in import_report.summary(report, generated):
            console.say(line)
    console.note(f"{out / 'import.md'} says what became of each object; next: checkctl --project {out} lint")
    return 1 if generated.findings else 0


def _told_nobody(levels: Mapping[str, str], found: Iterable[Object]) -> Iterator[str]:
    """A sentence for each name of --notify that nothing which was read has: it may be misspelt."""
    from sensu.reading import check_definitions

    known: set[str] = set()
    for one in found:
        if one.kind in ("CheckConfig", "check"):
            known.update(check_definitions.of(one).notified)
        elif one.kind in ("Handler", "handler", "Pipeline"):
            known.add(one.name)
    for name in levels:
        if name not in known:
            guess = did_you_mean(name, known)
            yield f"--notify {name}={levels[name]}: nothing that was read is called so or tells it{guess}"


def _nothing(source: str, report: Report) -> str:
    """Why there is nothing to make a project of."""
    if not report.remarks:
        return f"{source} holds nothing of a Sensu: name the output of sensuctl dump, or files of Core's conf.d."
    first = report.remarks[0]
    more = f" (and {len(report.remarks) - 1} more)" if len(report.remarks) > 1 else ""
    return f"Nothing can be carried over: {first.thing.where}: {first.message}{more}."


def _project(out: Path) -> str:
    """The project's name. Raises CannotDo for a folder that cannot become one."""
    name = out.absolute().name
    if fault := project_name_fault(out.absolute()):
        raise CannotDo(fault)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CannotDo(f"{out} is there and is not empty; nothing was changed.")
    return name


def _level(text: str) -> tuple[str, str]:
    handler, equals, level = text.rpartition("=")
    if not equals or not handler or level not in _LEVELS:
        raise CannotDo(f"--notify {text!r} is not HANDLER=LEVEL, and LEVEL is one of {', '.join(_LEVELS)}.")
    return handler, level
