"""Sources of inventories: PuppetDB, EC2, and commands that print JSON.

A source says how a machine there becomes a host here. `checkctl inventory pull` asks the source and writes `file`,
which `build` reads: no build asks anything over a network. Addresses of servers and credentials are not declared:
they belong to the person or machine that pulls.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from checkwright.registry.model.account import Account, require_regions
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.inventory_mappings import (
    Always,
    ByClass,
    ByName,
    ByValue,
    Ignored,
    RoleMapping,
    TextMapping,
)
from checkwright.registry.model.inventory_values import (
    Attribute,
    Certname,
    Fact,
    Field,
    NameAndId,
    Tag,
    Trusted,
    Value,
)
from checkwright.registry.model.role import Role
from checkwright.registry.model.settings import duration


class InventorySource(Declaration):
    """Base class of sources. See `PuppetDb` for what they share."""

    __slots__ = ("address", "file", "gone_after", "labels", "max_age", "name", "parents", "pool", "roles")
    #: Name of the kind in headers of files, and the values that it knows.
    kind = ""
    values: tuple[type[Value], ...] = ()
    file: str
    name: Value
    address: Value
    roles: tuple[RoleMapping, ...]
    labels: Mapping[str, Value | str]
    pool: TextMapping
    parents: TextMapping
    #: Seconds.
    gone_after: int
    max_age: int

    def declared_roles(self) -> tuple[Role, ...]:
        """Return all roles that a mapping may give, each once."""
        found: list[Role] = []
        for mapping in self.roles:
            targets = mapping.targets.values() if isinstance(mapping, ByValue) else (mapping.target,)
            found += (target for target in targets if isinstance(target, Role))
        return tuple(dict.fromkeys(found))

    def used_values(self) -> tuple[Value, ...]:
        """Return all values that a query must ask for."""
        found: list[Value] = [self.name, self.address]
        found += (value for value in self.labels.values() if isinstance(value, Value))
        for mapping in (*self.roles, self.pool, self.parents):
            if isinstance(mapping, ByValue):
                found.append(mapping.value)
            elif isinstance(mapping, Value):
                found.append(mapping)
        return tuple(found)

    def _fill(
        self,
        file: str,
        name: Value,
        address: Value,
        roles: tuple[RoleMapping, ...],
        labels: Mapping[str, Value | str] | None,
        pool: TextMapping,
        parents: TextMapping,
        gone_after: str,
        max_age: str,
        **more: object,
    ) -> None:
        origin = here(3)
        what = type(self).__name__
        if not require_text(f"{what}: file", file, origin).endswith(".csv") or os.path.isabs(file):
            message = f"{what}: file is {file!r}, and must be a .csv file of the project, such as inventory/live.csv"
            raise RegistryError(message, origin)
        if not isinstance(labels, Mapping | None):
            raise RegistryError(f"{what}: labels is {short_repr(labels)}, not a dict", origin)
        for label, value in (labels or {}).items():
            require_name(f"{what}: the label", label, origin)
            if not isinstance(value, Value):
                require_text(f"{what}: the label {label}", value, origin)
        kinds = (Always, ByValue, ByClass, ByName)
        for mapping in require_all(f"{what}: roles", roles, Declaration, origin, called="mapping"):
            if not isinstance(mapping, kinds):
                message = f"{what}: roles contains {short_repr(mapping)}: use Always, ByValue, ByClass or ByName"
                raise RegistryError(message, origin)
            if isinstance(mapping, ByValue) and any(isinstance(target, str) for target in mapping.targets.values()):
                raise RegistryError(
                    f"{what}: roles: a value maps to a Role or to Ignored(why=...), not to text", origin
                )
            if isinstance(mapping, ByClass) and not isinstance(self, PuppetDb):
                raise RegistryError(f"{what}: ByClass is for PuppetDb alone", origin)
        for field, value in (("name", name), ("address", address)):
            if not isinstance(value, Value):
                raise RegistryError(
                    f"{what}: {field} is {short_repr(value)}, not a value such as {_VALUE[what]}", origin
                )
        for field, text in (("pool", pool), ("parents", parents)):
            if isinstance(text, ByValue):
                if not all(isinstance(target, str) for target in text.targets.values()):
                    raise RegistryError(f"{what}: {field}: a value maps to text", origin)
            elif not isinstance(text, Value):
                require_text(f"{what}: {field}", text, origin)
        self._set(
            file=file,
            name=name,
            address=address,
            roles=tuple(roles),
            labels=dict(labels or {}),
            pool=pool,
            parents=parents,
            gone_after=duration(f"{what}: gone_after", gone_after, origin),
            max_age=duration(f"{what}: max_age", max_age, origin),
            origin=origin,
            **more,
        )
        for value in self.used_values():
            if not isinstance(value, self.values):
                names = ", ".join(kind.__name__ for kind in self.values)
                raise RegistryError(f"{what} has no {value!r}: it has {names}", origin)


class PuppetDb(InventorySource):
    """Machines that PuppetDB knows.

        puppet = PuppetDb(
            file="inventory/production.csv",
            where='trusted.extensions.pp_environment = "production"',
            name=Fact("networking.hostname"),
            address=Fact("networking.ip"),
            roles=(
                Always(linux),
                ByValue(Trusted("pp_role"), {"web": web, "scratch": Ignored(why="no service runs there")}),
                ByClass("Redis", redis),
            ),
            labels={"port": Fact("checkout.port", default="8443")},
        )
        production = Environment("production", site=Site(), inventory=(puppet,))

    file: the CSV file that a pull writes. where: a condition of Puppet's query language on `inventory`; without one,
    all machines. name, address: of the host. roles: all mappings add up; a machine that only Always gives a role is
    an error. labels, pool, parents: of the host; several parents are separated by blanks. listening: a structured
    fact with the ports that programs listen on, for `checkctl coverage`. key: a value that identifies the machine in
    other sources, such as the id of its instance. gone_after: a host that is merely absent stays in the file for this
    time, and for a second pull. max_age: an older file is a warning of `lint` and `build`. Raises RegistryError for
    an invalid value.
    """

    __slots__ = ("key", "listening", "where")
    kind = "puppetdb"
    values = (Fact, Trusted, Certname)
    where: str
    listening: Fact | None
    key: Value | None

    def __init__(
        self,
        *,
        file: str,
        roles: tuple[RoleMapping, ...],
        where: str = "",
        name: Value | None = None,
        address: Value | None = None,
        labels: Mapping[str, Value | str] | None = None,
        pool: TextMapping = "",
        parents: TextMapping = "",
        listening: Fact | None = None,
        key: Value | None = None,
        gone_after: str = "2h",
        max_age: str = "7d",
    ) -> None:
        origin = here(2)
        for field, value in (("listening", listening), ("key", key)):
            if not isinstance(value, Fact | Trusted | None):
                raise RegistryError(f"PuppetDb: {field} is {short_repr(value)}, not a Fact", origin)
        require_text("PuppetDb: where", where, origin)
        self._fill(
            file,
            Certname() if name is None else name,
            Fact("networking.ip") if address is None else address,
            roles,
            labels,
            pool,
            parents,
            gone_after,
            max_age,
            where=where,
            listening=listening,
            key=key,
        )

    def used_values(self) -> tuple[Value, ...]:
        more = (value for value in (self.listening, self.key) if value is not None)
        return (*super().used_values(), *more)


class Ec2(InventorySource):
    """Instances of EC2, running and stopped.

        aws = Ec2(
            file="inventory/production-aws.csv",
            regions=("eu-west-1", "eu-central-1"),
            filters={"tag:env": ("production",)},
            roles=(Always(linux), ByValue(Tag("service"), {"web": web, "bastion": bastion})),
            labels={"zone": Attribute("Placement.AvailabilityZone")},
        )

    filters: of DescribeInstances, name and values. accounts: those of the environment's `aws` that have the instances;
    without any, the account of the credentials. churn: by
    default the members of Auto Scaling groups are left out, because they come and go without review: watch the group,
    with checks `autoscaling` and `load_balancer` and `per="role"`. With `churn=True` they are all that the file holds.
    address: by default the private address. The other parameters are those of PuppetDb.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("accounts", "churn", "filters", "regions")
    kind = "ec2"
    values = (Tag, Attribute, NameAndId)
    regions: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]]
    accounts: tuple[Account, ...]
    churn: bool

    def __init__(
        self,
        *,
        file: str,
        regions: tuple[str, ...],
        roles: tuple[RoleMapping, ...],
        filters: Mapping[str, tuple[str, ...]] | None = None,
        accounts: tuple[Account, ...] = (),
        churn: bool = False,
        name: Value | None = None,
        address: Value | None = None,
        labels: Mapping[str, Value | str] | None = None,
        pool: TextMapping = "",
        parents: TextMapping = "",
        gone_after: str = "2h",
        max_age: str = "7d",
    ) -> None:
        origin = here(2)
        if not isinstance(filters, Mapping | None):
            raise RegistryError(f"Ec2: filters is {short_repr(filters)}, not a dict", origin)
        if not isinstance(churn, bool):
            raise RegistryError(f"Ec2: churn is {short_repr(churn)}, not True or False", origin)
        selected = {
            require_text("Ec2: filters", key, origin): require_all(
                f"Ec2: filters: {key}", texts, str, origin, called="text"
            )
            for key, texts in (filters or {}).items()
        }
        if "instance-state-name" in selected:
            raise RegistryError("Ec2: filters: states are not chosen, because a terminated instance is news", origin)
        self._fill(
            file,
            NameAndId() if name is None else name,
            Attribute("PrivateIpAddress") if address is None else address,
            roles,
            labels,
            pool,
            parents,
            gone_after,
            max_age,
            regions=require_regions("Ec2: regions", regions, origin),
            filters=selected,
            accounts=require_all("Ec2: accounts", accounts, Account, origin),
            churn=churn,
        )


class JsonCommand(InventorySource):
    """Hosts in the JSON that a command prints.

        cmdb = JsonCommand(
            ("cmdb-export", "--environment", "production"),
            file="inventory/production.csv",
            hosts="result.machines",
            id=Field("serial"),
            name=Field("hostname"),
            address=Field("ip"),
            roles=(ByValue(Field("service"), {"web": web}),),
        )

    argv: the command with its arguments; no shell reads it, and secrets belong in its environment. hosts: path to the
    list of hosts, "" if the document is the list. id: value that stays the same when a host is renamed. changed: when
    the record was last confirmed, in seconds since 1970 or as ISO 8601; without it, the records are as fresh as the
    pull. timeout: of the command. The other parameters are those of PuppetDb. Raises RegistryError for an invalid
    value.
    """

    __slots__ = ("argv", "changed", "hosts", "id", "timeout")
    kind = "command"
    values = (Field,)
    argv: tuple[str, ...]
    hosts: str
    id: Field
    changed: Field | None
    #: Seconds.
    timeout: int

    def __init__(
        self,
        argv: tuple[str, ...],
        *,
        file: str,
        id: Field,
        name: Value,
        address: Value,
        roles: tuple[RoleMapping, ...],
        hosts: str = "",
        changed: Field | None = None,
        labels: Mapping[str, Value | str] | None = None,
        pool: TextMapping = "",
        parents: TextMapping = "",
        timeout: str = "2m",
        gone_after: str = "2h",
        max_age: str = "7d",
    ) -> None:
        origin = here(2)
        words = require_all("JsonCommand: argv", argv, str, origin, called="text")
        if not words or not words[0]:
            raise RegistryError("JsonCommand needs a command: JsonCommand((PROGRAM, ARGUMENT, ...), ...)", origin)
        for word in words:
            require_text("JsonCommand: argv", word, origin)
        for field, value in (("id", id), ("changed", changed)):
            if not isinstance(value, Field) and not (field == "changed" and value is None):
                raise RegistryError(f"JsonCommand: {field} is {short_repr(value)}, not a Field(...)", origin)
        path = Field(hosts).path if require_text("JsonCommand: hosts", hosts, origin) else ()
        self._fill(
            file,
            name,
            address,
            roles,
            labels,
            pool,
            parents,
            gone_after,
            max_age,
            argv=words,
            hosts=".".join(path),
            id=id,
            changed=changed,
            timeout=duration("JsonCommand: timeout", timeout, origin),
        )


_VALUE = {"PuppetDb": 'Fact("networking.ip")', "Ec2": 'Tag("Name")', "JsonCommand": 'Field("name")'}


__all__ = ["Account", "Ec2", "Ignored", "InventorySource", "JsonCommand", "PuppetDb"]
