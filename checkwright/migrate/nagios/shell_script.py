"""Shell scripts with values of hosts as positional parameters."""

from __future__ import annotations

from checkwright.core.shell_words import RequiresShell


def script(text: str, variables: str) -> tuple[str, list[str]]:
    """Return a script with positional parameters instead of the characters of `variables`, and these in order.

    A value is then an argument, and never text that the shell reads. Raises RequiresShell if quotes around a value
    cannot be determined.
    """
    used: list[str] = []
    if not any(char in variables for char in text):
        return text, used
    if "`" in text or "$(" in text or "<<" in text:
        raise RequiresShell("it has a value of the host together with a command inside a command")
    made: list[str] = []
    quote = ""
    escaped = False
    for char in text:
        if char in variables:
            if char not in used:
                used.append(char)
            parameter = f"${{{used.index(char) + 1}}}"
            made.append({"": f'"{parameter}"', '"': parameter, "'": f"'\"{parameter}\"'"}[quote])
            escaped = False
            continue
        made.append(char)
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote = char
    return "".join(made), used
