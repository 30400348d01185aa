"""`checkctl latency routes`: a routes file, from access logs or an OpenAPI document."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.commands.latency.count import counted, log_options, setup
from checkwright.core.errors import CannotDo
from checkwright.latency.counts import Header


@click.command("routes")
@log_options()
def command(
    files: tuple[Path, ...],
    routes: Path | None,
    format_text: str,
    format_file: Path | None,
    format_name: str,
    processes: int | None,
) -> None:
    """Print a routes file with the endpoints that access logs show, the busiest first.

    FILES are access logs, or one OpenAPI document (.yaml, .yml or .json). Edit the result before you save it as
    latency/ROLE.routes of a project: remove endpoints that do not matter, and name parameters as your code does. With
    --routes, only the endpoints that are missing in that file are printed.
    """
    documents = [path for path in files if path.suffix in (".yaml", ".yml", ".json")]
    if documents:
        if len(files) > 1:
            raise CannotDo("Give one OpenAPI document, or access logs.")
        from checkwright.cli.openapi_routes import openapi_routes

        for line in openapi_routes(documents[0]):
            console.echo(line)
        return
    setting = setup(routes, format_text, format_file, format_name, files)
    hits: dict[str, int] = {}
    declared = 0
    for one in counted(files, setting, lambda path: Header("", "", path), processes):
        for name, kinds in one.counts.answers().items():
            if name in one.counts.learned:
                hits[name] = hits.get(name, 0) + sum(kinds.values())
            elif name in setting.routes:
                declared += sum(kinds.values())
    if routes is None:
        console.echo(_format_lines(setting.format_text, setting.format_name))
    for name in sorted(hits, key=lambda name: (-hits[name], name)):
        console.echo(name)
    console.note(
        f"{len(hits)} endpoints with {sum(hits.values()):,} requests"
        + (f"; {declared:,} requests fit the declared routes" if routes is not None else "")
    )


def _format_lines(text: str, name: str) -> str:
    """Return the format as a routes file has it, taken out of a whole configuration file."""
    if "\n" not in text.strip():
        return text.strip()
    from checkwright.latency import apache_format, nginx_format

    found = nginx_format.directives(text)
    if found and (name or next(iter(found))) in found:
        name = name or next(iter(found))
        template, escape = found[name]
        quoted = template.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"log_format {name} {'' if escape == 'default' else f'escape={escape} '}'{quoted}';"
    formats = apache_format.directives(text)
    if formats and (name or next(iter(formats))) in formats:
        name = name or next(iter(formats))
        quoted = formats[name].replace("\\", "\\\\").replace('"', '\\"')
        return f'LogFormat "{quoted}"' + ("" if name == "LogFormat" else f" {name}")
    return "\n".join(
        line.strip() for line in text.splitlines() if line.strip().startswith(("log-format", "option http"))
    )
