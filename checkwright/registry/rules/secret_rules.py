"""Rule about secrets that are written into the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checkwright.core.check import Check
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Word
from checkwright.registry.rules.subject import RegistryRule, Subject
from checkwright.registry.rules.written_secrets import (
    find_in_words,
    is_secret_label,
    is_secret_variable,
    secret_in,
)

_PLUGIN_HINT = "let the plugin read it from a file, for example by --extra-opts=@/etc/checkwright/secrets.ini"
_HINT = "write Secret(file=...) or Secret(env=...) in an option that takes one"


class WrittenSecret(RegistryRule):
    """A watch, hook, handler or label contains a password, a token or another secret as text.

    It would be in the generated files, which everybody on the monitoring server may read, and in the list of processes.

    Wrong:
        Watch(Http(url="https://{address}/", headers=("Authorization: Bearer hunter2",))),

    Right:
        Watch(Http(url="https://{address}/", token=Secret(file="/etc/checkwright/secrets/web"))),
    """

    id = "R053"
    hint = _HINT

    def find(self, subject: Subject) -> Iterator[Finding]:
        seen: dict[tuple[Word, ...], list[tuple[str, str]]] = {}
        for entry, _, check in subject.entries():
            found = seen.get(entry.command)
            if found is None:
                words = [_text(word) for word in entry.command]
                found = seen[entry.command] = list(_in_command(words) if check is None else _in_check(check))
            for where, place in found:
                message = f"{entry.id} has a secret in {where}: everybody who reads the generated files would see it"
                yield self.finding(entry.origin, message, hint=place)
        yield from self._in_commands(subject)
        yield from self._in_labels(subject)

    def _in_commands(self, subject: Subject) -> Iterator[Finding]:
        """Yield the secrets in the words of hooks and handlers, and in the variables of handlers."""
        plan = subject.resolved.plan
        places = "it would be in Sensu's definitions and in the list of processes"
        for check in plan.host_checks:
            for secret in find_in_words([_text(word) for word in check.command]):
                message = f"a host check has a secret in {secret.what}: it would be in the files for Nagios"
                yield self.finding(check.origin, message, hint="let the plugin read it from a file")
        for role in plan.roles:
            for hook in role.hooks:
                for secret in find_in_words(hook.command):
                    message = f"the hook {hook.name} of {role.name} has a secret in {secret.what}: {places}"
                    yield self.finding(hook.origin, message, hint="let the program read it from a file")
        hint = 'name a Secret resource of Sensu, secrets=("NAME",), and read its variable'
        for handler in plan.routes.handlers if plan.routes is not None else ():
            found = [secret.what for secret in find_in_words(handler.command)]
            found += [
                f"the variable {name}"
                for name, value in handler.env
                if is_secret_variable(name, value) or secret_in(value)
            ]
            for what in found:
                message = f"the handler {handler.name} has a secret in {what}: {places}"
                yield self.finding(handler.origin, message, hint=hint)

    def _in_labels(self, subject: Subject) -> Iterator[Finding]:
        for host in subject.resolved.plan.hosts:
            for name, value in host.labels.items():
                if is_secret_label(name, value):
                    message = (
                        f"the label {name} of {host.name} looks like a secret: everybody who reads the generated files "
                        "would see it"
                    )
                    hint = "put it into a file, and let the label name the file"
                    yield self.finding(host.origin, message, hint=hint)


def _in_check(check: Check) -> Iterator[tuple[str, str]]:
    """Yield the place of each secret in a check's options, and the option that takes it instead."""
    for name, option in check.options.items():
        if name not in check.explicit:
            continue
        value = getattr(check, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and (what := secret_in(one, name)):
                flag = option.flags[-1] if option.flags and not option.rest else name
                yield f"{what} of {flag}", _place_for(check, what)
        if option.rest and isinstance(value, tuple):
            yield from _in_command([str(one) for one in value])


def _place_for(check: Check, what: str) -> str:
    """Return where the secret belongs: the options of this check that take a Secret."""
    takers = [name for name, option in check.options.items() if option.kind == "Secret"]
    if not takers:
        return f"{check.title()} takes no secret: give its service a page or an account that needs none"
    fitting = {
        "the login": ("auth",),
        "the header Authorization": ("token", "auth", "secret_headers"),
    }.get(what, ("secret_headers",) if what.startswith("the header") else ())
    named = [name for name in fitting if name in takers] or takers
    values = [f"{name}=(Secret(file=...),)" if name.endswith("s") else f"{name}=Secret(file=...)" for name in named]
    return f"write {' or '.join(values)}"


def _in_command(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from ((secret.what, _PLUGIN_HINT) for secret in find_in_words(words))


def _text(word: Word) -> str:
    return "".join(part if isinstance(part, str) else "{}" for part in word)
