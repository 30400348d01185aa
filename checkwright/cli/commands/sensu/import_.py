"""`checkctl sensu import`: write a project from the checks and machines of an existing Sensu."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import add_files
from checkwright.cli.input_file import read_text
from checkwright.cli.scaffold.allowed_names import require_project_folder
from checkwright.core.errors import CannotDo
from checkwright.migrate.report import Report
from checkwright.registry.model.base import did_you_mean

if TYPE_CHECKING:
    from sensu.reading.stored_objects import Object

_LEVELS = ("page", "office-hours", "ticket", "nobody")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of the new project.")
@click.option(
    "--environment", default="default", show_default=True, help="The environment of objects without a namespace."
)
@click.option("--notify", "levels", multiple=True, metavar="HANDLER=LEVEL", help="The level of a handler or pipeline.")
@click.option("--keep-plugins", is_flag=True, help="Replace no plugin by a check of the library.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    files: tuple[Path, ...], out: Path, environment: str, levels: tuple[str, ...], keep_plugins: bool, as_json: bool
) -> int:
    """Write a project from FILEs: the output of sensuctl dump, or Core's definitions.

    import.md, and import.json for programs, list everything that cannot be converted, with file and line. The command
    then builds resources from the project, and reports each field that differs.
    """
    from checkwright.migrate.project_files import write_project
    from checkwright.migrate.sensu import import_report, roundtrip, sensu_draft
    from checkwright.migrate.sensu.check_watch import name_of
    from checkwright.migrate.sensu.namespaces import Options
    from sensu.reading import stored_objects

    target = require_project_folder(out)
    name = target.name
    if name_of(environment) != environment:
        raise CannotDo(f"--environment {environment!r} is not a name: use letters, digits, _ . and -.")
    source = ", ".join(file.name for file in files)
    options = Options(name, source, environment, dict(map(_level, levels)), keep_plugins)
    found = [one for file in files for one in stored_objects.read(str(file), read_text(file))]
    with console.status("reading, and comparing"):
        draft, report, carried = sensu_draft.draft(found, options)
        if not draft.environments:
            raise CannotDo(_nothing(source, report))
        written = write_project(draft)
        generated = roundtrip.generate(written, name, carried)
        import_report.add(report, generated)
    for warning in _unknown_handlers(options.levels, [one for one in found if isinstance(one, stored_objects.Object)]):
        console.note(warning)
    machine = import_report.as_json(report, generated, carried)
    text = json.dumps(machine, indent=2, ensure_ascii=False) + "\n"
    add_files(
        target,
        {**written, "import.md": import_report.as_markdown(report, generated, carried), "import.json": text},
    )
    console.print_findings(generated.findings, err=True)
    if as_json:
        console.echo(text.rstrip("\n"))
    else:
        for line in import_report.summary(report, generated):
            console.echo(line)
    console.note(f"{out / 'import.md'} lists the fate of each object; next: checkctl --project {out} lint")
    return 1 if generated.findings else 0


def _unknown_handlers(levels: Mapping[str, str], found: Iterable[Object]) -> Iterator[str]:
    """Return a sentence for each unknown name of --notify, which may be misspelt."""
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
            yield f"--notify {name}={levels[name]}: no imported handler, pipeline or check has this name{guess}"


def _nothing(source: str, report: Report) -> str:
    """Return the reason why there is nothing to convert."""
    if not report.remarks:
        return f"{source} holds nothing of a Sensu: use the output of sensuctl dump, or files of Core's conf.d."
    first = report.remarks[0]
    more = f" (and {len(report.remarks) - 1} more)" if len(report.remarks) > 1 else ""
    return f"Nothing can be converted: {first.thing.where}: {first.message}{more}."


def _level(text: str) -> tuple[str, str]:
    handler, equals, level = text.rpartition("=")
    if not equals or not handler or level not in _LEVELS:
        raise CannotDo(f"--notify {text!r} is not HANDLER=LEVEL, and LEVEL is one of {', '.join(_LEVELS)}.")
    return handler, level
