"""Rules about the words of verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checkwright.core.verdicts import Verdict
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate

#: A shorter word has neighbours with other meanings, such as on and no.
_SHORTEST_WITH_TYPO = 5


class UnknownWord(RegistryRule):
    """A watch or an override gives a meaning to a word that the verdict does not know, so it has no effect.

    A verdict that lists its critical words knows only the words that it lists. Any other verdict accepts every word,
    and the rule finds words that differ from a listed one by one letter, by case or by a separator.

    Wrong:
        Watch(SystemdUnit(units=("nginx.service",)), SystemdUnit.active.meaning(warn=("Activating",))),

    Right:
        Watch(SystemdUnit(units=("nginx.service",)), SystemdUnit.active.meaning(warn=("activating",))),
    """

    id = "R054"
    severity = "warning"
    hint = "write the word as the check's page lists it; if the target does report it, add it to the verdict"

    def find(self, subject: Subject) -> Iterator[Finding]:
        reported: set[tuple[Origin, str, str]] = set()
        for entry, _, check in subject.entries():
            if check is None:
                continue
            for meaning in entry.meanings:
                verdict = type(check).verdicts[meaning.verdict]
                for word in (*meaning.ok, *meaning.warn, *meaning.crit):
                    key = (meaning.origin, meaning.verdict, word)
                    problem = "" if key in reported else _problem(verdict, word)
                    if problem:
                        reported.add(key)
                        yield self.finding(meaning.origin, f"{entry.check}: {meaning.verdict} {problem}")


def _problem(verdict: Verdict, word: str) -> str:
    """Return what is wrong with a word as the end of a sentence, "" for a possible one."""
    known = (*verdict.ok, *verdict.warn, *(verdict.crit or ()))
    if word in known:
        return ""
    similar = next((other for other in known if is_typo(word, other)), "")
    guess = f", did you mean {similar!r}?" if similar else ""
    if verdict.crit is not None:
        return f"is never {word!r}{guess or f': it knows {abbreviate(list(known))}'}"
    return f"has a meaning for {word!r}{guess}" if similar else ""


def is_typo(word: str, other: str) -> bool:
    """Return whether two words differ by case and separators alone, or by one letter or two that are swapped."""
    if _letters(word) == _letters(other):
        return True
    if min(len(word), len(other)) < _SHORTEST_WITH_TYPO:
        return False
    shorter, longer = sorted((word, other), key=len)
    first = next((at for at, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[first:] == longer[first + 1 :]
    if shorter[first : first + 2] == longer[first : first + 2][::-1]:
        return shorter[first + 2 :] == longer[first + 2 :]
    return shorter[first + 1 :] == longer[first + 1 :]


def _letters(word: str) -> Sequence[str]:
    return [character for character in word.casefold() if character.isalnum()]
