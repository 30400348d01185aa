"""Command lines of the program `check`, split without loading a check.

`check` and all programs that run or filter its command lines for others (the worker, its gearman
frontend) split them here, so that they agree on the project.

`--project DIR` is accepted before the check's name, and after it among the check's own options. Words
after `--` are never searched. This parser does not know the options of a check, so it reads every
`--project` after the name as a project, even the value of another option. `check` compares that with
its exact parse and refuses a command line where both differ.
"""

from checkwright.core.errors import BadUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG = "--project"
_HELP = ("-h", "--help")
_VERSION = ("-V", "--version")


class Invocation:
    """Parts of one command line of `check`.

    name: the check, "" if the command line names none. words: the check's own words, with a
    `--project` among them. project: the folder to look the check up in, by default CHECKS_PROJECT, ""
    for none. projects: all folders that the command line may name. after_name: `project` comes from the
    check's own words. page: `help` or `version` for a command line that requests that instead of a run.
    """

    __slots__ = ("after_name", "name", "page", "project", "projects", "words")

    def __init__(self, name: str, words: list[str], project: str, projects: tuple[str, ...], after_name: bool) -> None:
        self.name = name
        self.words = words
        self.project = project
        self.projects = projects
        self.after_name = after_name
        self.page = requested_page(words)


def parse_invocation(link: str, words: "Sequence[str]") -> Invocation:
    """Split the words after the program's name.

    link: the check that the program is named after (`disk` for check_disk), "" for `check`.
    Raises BadUsage if a flag before the check's name is unknown or has no folder.
    """
    from checkwright.core.catalog import project_from_environment

    before, rest = _before_name(list(words))
    name = link
    if not link and rest:
        if rest[0] in (*_HELP, *_VERSION):
            rest = rest[:1]
        elif rest[0].startswith("-"):
            raise BadUsage(f"unknown option {rest[0]}{_near(rest[0])}; usage: check [--project DIR] NAME [options]")
        else:
            name, rest = rest[0], rest[1:]
    after = projects_in(rest)
    # A project before the name is exact, so none that merely looks like one replaces it.
    project = before[-1] if before else after[-1] if after else project_from_environment()
    return Invocation(name, rest, project, (*before, *after), bool(after) and not before)


def projects_in(words: "Sequence[str]") -> list[str]:
    """Return the folders that `--project` names among a check's own words, before `--`."""
    return _values_of(FLAG, words)


def requested_output(words: "Sequence[str]") -> str:
    """Return the format that `--output` requests among a check's own words, "" if none does.

    It is for output that the check's exact parse does not reach: the check cannot be loaded, or its command line is
    wrong.
    """
    return (_values_of("--output", words) or [""])[-1]


def _values_of(flag: str, words: "Sequence[str]") -> list[str]:
    """Return the values of a flag before `--`, each in the flag's word or the next one."""
    found = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--":
            break
        if word.startswith(f"{flag}="):
            found.append(word[len(flag) + 1 :])
        elif word == flag and position < len(words):
            found.append(words[position])
            position += 1
    return found


def requested_page(words: "Sequence[str]") -> str:
    """Return `help` or `version` where a check's own words request that instead of a run, else ""."""
    own = words[: words.index("--")] if "--" in words else words
    if any(flag in own for flag in _HELP):
        return "help"
    return "version" if any(flag in own for flag in _VERSION) else ""


def _before_name(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the folders of `--project` in front of all other words, and those other words."""
    found = []
    while words and (words[0] == FLAG or words[0].startswith("--project=")):
        _, equals, folder = words[0].partition("=")
        if not equals:
            if len(words) < 2:
                raise BadUsage("--project needs a folder")
            folder, words = words[1], words[1:]
        found.append(folder)
        words = words[1:]
    return found, words


def _near(flag: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(flag.partition("=")[0], (FLAG, *_HELP, *_VERSION), n=1)
    return f", did you mean {near[0]}" if near else ""
