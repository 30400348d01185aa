"""Command lines as a shell reads them, where that takes no shell."""

from __future__ import annotations

#: What means something to a shell outside of quotes; a line with any of it is left to a shell.
_SPECIAL = frozenset("|&;<>()$`*?[]#~=%!{}^\n\r\0")
#: What may be in a word all the same, once it has begun: `--path=/`, `-w 5%`, `a#b`, `5~`, `x!`, `-w @1:2^`.
_PLAIN_INSIDE = frozenset("=%#!^~")


def words(line: str) -> list[str] | None:
    """The words of a line that is one simple command; None where only a shell knows what is meant.

    Quotes and backslashes are a shell's own. Assignments, redirections, variables, patterns and all that joins
    commands are left to the shell.
    """
    found: list[str] = []
    word: list[str] | None = None
    quote = ""
    position, end = 0, len(line)
    while position < end:
        character = line[position]
        position += 1
        if quote == "'":
            if character == "'":
                quote = ""
            elif word is not None:
                word.append(character)
        elif quote == '"':
            if character == '"':
                quote = ""
            elif character in "$`" or word is None:
                return None
            elif character == "\\" and position < end and line[position] in '$`"\\\n':
                if line[position] != "\n":
                    word.append(line[position])
                position += 1
            else:
                word.append(character)
        elif character in "'\"":
            quote = character
            word = [] if word is None else word
        elif character in " \t":
            if word is not None:
                found.append("".join(word))
                word = None
        elif character == "\\":
            if position == end or line[position] == "\n":
                return None
            word = [] if word is None else word
            word.append(line[position])
            position += 1
        elif character in _SPECIAL:
            # The first word is the program: NAME=value before it would be an assignment.
            if word is None or character not in _PLAIN_INSIDE or not found:
                return None
            # A tilde is a home folder behind = and : too, in some shells.
            if character == "~" and word[-1:] in (["="], [":"]):
                return None
            word.append(character)
        else:
            word = [] if word is None else word
            word.append(character)
    if quote:
        return None
    if word is not None:
        found.append("".join(word))
    return found if found and "\0" not in line else None
