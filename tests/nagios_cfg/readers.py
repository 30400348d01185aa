"""What stands between a built file and a plugin: Nagios 4.4.6, NRPE 4.1.0 and sh, from what they do."""

import re

# Nothing of these may stand unquoted: sh would read it, or Nagios would hand the line to sh.
_SHELL_READS = set('|&;<>()$`"*?[]#~=!{}^\n')


def nagios_reads(text: str, directive: str) -> str:
    """The value that Nagios finds for the only directive of that name in an object file."""
    for line in _joined(text):
        content = re.sub(r"\\;", "\0", line)
        content = content.split(";", 1)[0].replace("\0", ";").strip(" \t\r\n")
        if content.startswith("#"):
            continue
        name, _, value = content.partition(" ")
        if name == directive:
            return value.strip(" \t")
    raise AssertionError(f"no {directive} in {text!r}")


def nagios_expands(line: str, macros: dict[str, str]) -> str:
    """Macros and `$$`, as process_macros_r takes them: between every other pair of dollars."""
    pieces = line.split("$")
    out = [pieces[0]]
    for index, piece in enumerate(pieces[1:], start=1):
        if index % 2 == 0:
            out.append(piece)
        elif piece in macros:
            out.append(macros[piece])
        elif re.fullmatch(r"(ARG|USER)[0-9]+", piece):
            pass
        elif piece == "":
            out.append("$")
        else:
            out.append(f"${piece}" + ("$" if index < len(pieces) - 1 else ""))
    return "".join(out)


def nrpe_reads(text: str) -> dict[str, str]:
    """The commands that NRPE finds in a file: it reads 2,047 bytes at a time and cuts at the first `=`."""
    found = {}
    for line in text.encode().split(b"\n"):
        assert len(line) < 2046, "NRPE would take the rest for another line"
        name, _, value = line.strip(b" \t\r\v\f").decode().partition("=")
        if name.startswith("command["):
            found[name[len("command[") : name.index("]")]] = value
    return found


def nrpe_expands(line: str) -> str:
    """As Nagios, but for one thing: a stray text between dollars keeps both, even when only one was there."""
    pieces = line.split("$")
    out = [pieces[0]]
    for index, piece in enumerate(pieces[1:], start=1):
        if index % 2 == 0:
            out.append(piece)
        elif piece.startswith("ARG"):
            pass
        else:
            out.append("$" if piece == "" else f"${piece}$")
    return "".join(out)


def shell_splits(line: str) -> list[str]:
    """The words of a line in which only single quotes and backslashes quote."""
    words: list[str] = []
    word: str | None = None
    index = 0
    while index < len(line):
        char = line[index]
        if char == "'":
            end = line.index("'", index + 1)
            word = (word or "") + line[index + 1 : end]
            index = end
        elif char == "\\":
            word = (word or "") + line[index + 1]
            index += 1
        elif char in " \t":
            if word is not None:
                words.append(word)
            word = None
        else:
            assert char not in _SHELL_READS, f"{char!r} stands unquoted in {line!r}"
            word = (word or "") + char
        index += 1
    return words if word is None else [*words, word]


def _joined(text: str) -> list[str]:
    """Lines, with those that end in a backslash joined to the next; of two backslashes one is left."""
    lines: list[str] = []
    held = ""
    for line in text.split("\n"):
        line = held + (line.lstrip(" \t") if held else line)
        held = ""
        if line.endswith("\\\\"):
            line = line[:-1]
        elif line.endswith("\\"):
            held = line[:-1]
            continue
        lines.append(line)
    return lines
