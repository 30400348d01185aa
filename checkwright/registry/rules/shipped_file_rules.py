"""Rule about files of the project that watches name."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.core.errors import BadUsage
from checkwright.registry.findings import Finding
from checkwright.registry.resolving.shipped_files import named_by, text_of
from checkwright.registry.rules.subject import RegistryRule, Subject


class UnusableFile(RegistryRule):
    """A watch names a file of the project that is missing, or that its check refuses.

    A build includes such files: routes="shop" names latency/shop.routes in the project's folder. A value with a slash
    is a path on the machines.

    Wrong:
        Watch(ApiLatency(log="/var/log/nginx/access.log", routes="no-such-file")),

    Right:
        Watch(ApiLatency(log="/var/log/nginx/access.log", routes="/etc/checkwright/latency/shop.routes")),
    """

    id = "R060"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry, _, check in subject.checks():
            for path in named_by(check) if check is not None else ():
                assert check is not None  # noqa: S101 - for mypy
                try:
                    check.validate_file(path, text_of(subject.registry, path))
                except OSError as error:
                    reason = f"cannot read {path} of the project: {error.strerror}"
                except BadUsage as error:
                    reason = str(error)
                except ValueError as error:
                    reason = f"{path} is no text file: {error}"
                else:
                    continue
                yield self.finding(entry.origin, f"{entry.id}: {reason}")
