"""Models of the parsers between a built file and a plugin: Nagios 4.4.6, NRPE 4.1.0 and sh, as observed."""

import re

# None of these may be unquoted: sh would interpret it, or Nagios would pass the line to sh.
_SHELL_READS = set('|&;<>()$`"*?[]#~=!{}^\n')


def nagios_reads(text: str, directive: str) -> str:
    """Return the value that Nagios reads for the only directive of that name in an object file."""
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
    """Return a line with macros and `$$` expanded as by process_macros_r: between every other pair of dollars."""
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
    """Return the commands that NRPE reads from a file. It reads 2,047 bytes at a time and splits at the first `=`."""
    found = {}
    for line in text.encode().split(b"\n"):
        assert len(line) < 2046, "NRPE reads the rest as another line"
        name, _, value = line.strip(b" \t\r\v\f").decode().partition("=")
        if name.startswith("command["):
            found[name[len("command[") : name.index("]")]] = value
    return found


def nrpe_expands(line: str) -> str:
    """Return a line expanded as by NRPE. Unlike Nagios, a text after a single dollar gets a second one."""
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
    """Return the words of a line. Only single quotes and backslashes quote."""
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
            assert char not in _SHELL_READS, f"{char!r} is unquoted in {line!r}"
            word = (word or "") + char
        index += 1
    return words if word is None else [*words, word]


def _joined(text: str) -> list[str]:
    """Return lines, joined after a backslash at the end. Two backslashes at the end become one."""
    lines: list[str] = []
    pending = ""
    for line in text.split("\n"):
        line = pending + (line.lstrip(" \t") if pending else line)
        pending = ""
        if line.endswith("\\\\"):
            line = line[:-1]
        elif line.endswith("\\"):
            pending = line[:-1]
            continue
        lines.append(line)
    return lines
