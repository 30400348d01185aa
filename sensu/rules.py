"""Rules S101 to S112: problems of resource files, checkwright's own and other people's.

Sensu itself is less strict. It ignores unknown fields and dangling names, and it drops some results only
when they arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from checkwright.registry.findings import Finding, Rule, Severity
from checkwright.registry.plan import Origin

#: Keys and list positions from the top of a document, such as ("spec", "env_vars", 0).
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one document: the broken rule, the place and the message."""

    rule: type[Rule]
    path: Path
    message: str
    severity: Severity
    hint: str = ""

    @property
    def id(self) -> str:
        return self.rule.id

    def finding(self, origin: Origin, subject: str) -> Finding:
        """Return the problem as a finding about `subject`, such as "CheckConfig web.disk"."""
        message = f"{subject}: {self.message}"
        return self.rule.finding(origin, message, hint=self.hint, severity=self.severity)


class DocumentRule(Rule):
    """Base class of the rules about one document of a file."""

    language: ClassVar[str] = "yaml"

    @classmethod
    def problem(cls, path: Path, message: str, hint: str = "", severity: Severity | None = None) -> Problem:
        """Return a problem of this rule. `hint` and `severity` default to the rule's own."""
        return Problem(cls, path, message, severity or cls.severity, hint or cls.hint)


class UnreadableText(DocumentRule):
    """A file cannot be read by sensuctl.

    It is not JSON or YAML, a line is too long, or there is no document between two `---`.

    Wrong:
        # made by hand
        ---
        type: Namespace
        spec: {name: production}

    Right:
        ---
        # made by hand
        type: Namespace
        spec: {name: production}
    """

    id = "S101"


class UnknownField(DocumentRule):
    """A field or a type does not exist in Sensu Go 6.12.

    Sensu ignores an unknown field, so a spelling mistake goes unnoticed.

    Wrong:
        spec: {time_out: 30}

    Right:
        spec: {timeout: 30}
    """

    id = "S102"


class WrongType(DocumentRule):
    """A value has the wrong type.

    Sensu refuses it. In YAML, quote numbers and words such as `yes` where text is required.

    Wrong:
        spec: {interval: "60"}

    Right:
        spec: {interval: 60}
    """

    id = "S103"


class RefusedResource(DocumentRule):
    """Sensu refuses the resource when it is created.

    The message names the field and Sensu's condition. `sensuctl create` stops at such a resource, and
    the resources after it are not created.

    Wrong:
        spec: {interval: 60, ttl: 60}

    Right:
        spec: {interval: 60, ttl: 190}
    """

    id = "S104"


class DroppedResults(DocumentRule):
    """Sensu accepts the check and drops all of its results.

    Events are validated more strictly than checks.

    Wrong:
        spec: {interval: 2, ttl: 4}

    Right:
        spec: {interval: 2, ttl: 10}
    """

    id = "S105"


class InvalidToken(DocumentRule):
    """Sensu cannot evaluate a token.

    The check then runs nowhere, with the status unknown. A literal `{{` is written as `{{ "{{" }}`.

    Wrong:
        env_vars: ["PORT={{ .labels.http-port }}"]

    Right:
        env_vars: ['PORT={{ index .labels "http-port" }}']
    """

    id = "S106"


class UnknownReference(DocumentRule):
    """A resource names another one that no file defines.

    Sensu accepts this and ignores the name: a check runs without its asset, an event has no handler.
    """

    id = "S107"
    hint = "add the file that defines it, or name it with --provided if the backend has it"


class AssumedHandler(DocumentRule):
    """Checks name the handler of a notification level, but no file defines it.

    `page`, `office-hours` and `ticket` are the handlers of an environment without routes. If Sensu lacks them, nobody
    is notified, and Sensu reports nothing. `--provided Handler/page` declares that the backend has one.
    """

    id = "S113"
    severity = "warning"
    hint = "give the environment sensu=Routes(...), or name it with --provided if the backend has it"


class DefinedTwice(DocumentRule):
    """A resource or a key is defined twice, and the last definition wins.

    Wrong:
        spec: {timeout: 10, timeout: 20}

    Right:
        spec: {timeout: 20}
    """

    id = "S108"
    hint = "remove one of the two"


class NoEffect(DocumentRule):
    """Sensu accepts the value, but it does not have the expected effect.

    The message says what Sensu does instead.

    Wrong:
        spec: {interval: 60, timeout: 10}  # publish defaults to false

    Right:
        spec: {interval: 60, timeout: 10, publish: true}
    """

    id = "S109"
    severity = "warning"


class ChangedByWriting(DocumentRule):
    """A written file does not read back as the rendered resources.

    This is a bug of checkwright. Please report it with the message.
    """

    id = "S110"


class LabelInShell(DocumentRule):
    """A token puts the value of a label into a command, where the shell reads it.

    A user who may change the labels of an entity can run any command there.

    Wrong:
        command: check_http -p {{ .labels.port }}

    Right:
        command: check_http -p "$PORT"
        env_vars: ["PORT={{ .labels.port }}"]
    """

    id = "S111"
    severity = "warning"


class UncheckedType(DocumentRule):
    """Documents have a type without rules here, such as Role or Event.

    Sensu knows the type, but the documents were not checked. Each type is reported once for each file.
    """

    id = "S112"
    severity = "warning"
