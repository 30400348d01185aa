"""Groups of services in Nagios, in addition to those that a build makes for owners and families."""

from __future__ import annotations

from checkwright.registry.model.base import Declaration, RegistryError, here, require_name, require_text, short_repr


class ServiceGroup(Declaration):
    """Servicegroup of Nagios, with the services of the watches that name it in `groups`.

        ServiceGroup("dns", alias="Name servers", notes_url="https://wiki.example.com/dns")

    Its name in Nagios is this name, so that links to it stay. alias: by default the name. notes, notes_url, action_url:
    as Nagios shows them. Raises RegistryError for an invalid value.
    """

    __slots__ = ("action_url", "alias", "name", "notes", "notes_url")
    name: str
    alias: str
    notes: str
    notes_url: str
    action_url: str

    def __init__(
        self, name: str, *, alias: str = "", notes: str = "", notes_url: str = "", action_url: str = ""
    ) -> None:
        origin = here(2)
        what = f"ServiceGroup {require_name('ServiceGroup', name, origin)}"
        texts = {"alias": alias, "notes": notes, "notes_url": notes_url, "action_url": action_url}
        for field, text in texts.items():
            if require_text(f"{what}: {field}", text, origin) != text.strip() or not text.isprintable():
                raise RegistryError(f"{what}: {field} is {short_repr(text)}, and must be one line of text", origin)
        self._set(
            name=name,
            origin=origin,
            **texts,
        )
