"""Plans of several shapes, written by hand as the registry resolves them."""

from collections.abc import Callable
from dataclasses import replace

from checkwright.registry.plan import (
    Entry,
    Host,
    Hours,
    Limit,
    Origin,
    Placeholder,
    Plan,
    Pool,
    Role,
    Secret,
    Site,
    Team,
    Word,
)

CHECK = "/opt/checkwright/bin/check"


def at(line: int, file: str = "shop/fleet/payments.py") -> Origin:
    return Origin(file, line)


def words(*texts: str | Word) -> tuple[Word, ...]:
    return tuple((text,) if isinstance(text, str) else text for text in texts)


PAYMENTS = Team(
    name="payments",
    email="payments@example.com",
    page="payments-pager",
    office_hours="office",
    origin=at(7),
)
PLATFORM = Team(name="platform", email="platform@example.com", origin=at(3, "shop/fleet/platform.py"))

OFFICE = Hours(
    name="office",
    times=(("monday", "09:00-12:00,13:00-17:00"), ("friday", "09:00-15:00")),
    origin=at(5),
)
NIGHT = Hours(
    name="backup",
    times=(("monday", "00:00-04:00"), ("sunday", "22:00-24:00")),
    origin=at(6),
)

#: In none of these plans.
NEAR = Pool(
    name="near",
    queues=("near.production", "hostgroup_old"),
    servers=("mon1.example.com", "mon2.example.com:4731"),
    workers=("w1", "w2"),
    key_file="/etc/checkwright/gearman.key",
    plugins=("/usr/lib/nagios/plugins",),
    origin=at(40),
)

DISK = Entry(
    id="payments-api:disk",
    name="disk",
    role="payments-api",
    check="disk",
    family="system",
    summary="Room left on mounted filesystems.",
    command=words(CHECK, "disk", "-p", "/", "-p", "/srv data", "--space-warning", "/srv*=95", "-t", "10"),
    limits=(
        Limit(
            gauge="space",
            items="/srv*",
            warn="95",
            crit=None,
            level="override",
            origin=at(40),
            why="the archive; it is meant to be full",
        ),
    ),
    notify="office-hours",
    transport="nrpe",
    owner="payments",
    runbook="https://runbooks.example.com/payments/?a=1&b=2",
    why=("the archive; it is meant to be full",),
    origin=at(13),
    hosts=("pay-1", "pay-2", "pay-3"),
)
CHECKOUT = Entry(
    id="payments-api:checkout",
    name="checkout",
    role="payments-api",
    check="checkout",
    family="shop",
    summary="Checkout service: is it taking orders?",
    command=words(
        CHECK,
        "checkout",
        "--url",
        (
            "https://",
            Placeholder("address"),
            ":",
            Placeholder("label.port"),
            "/health?of=",
            Placeholder("role"),
        ),
        "--token-file",
        "/etc/checkwright/secrets/checkout",
        "-t",
        "10",
    ),
    secrets=(Secret("token", "file", "/etc/checkwright/secrets/checkout"),),
    interval=30,
    attempts=5,
    where="central",
    quiet=("backup",),
    owner="payments",
    origin=at(15),
    hosts=("pay-1", "pay-2", "pay-3"),
)
ON_ITSELF = Entry(
    id="payments-api:listen",
    name="listen",
    role="payments-api",
    check="tcp_port",
    family="tcp",
    summary="A TCP port that answers.",
    command=words(CHECK, "tcp_port", "-H", (Placeholder("address"),), "-p", (Placeholder("label.port"),)),
    deadline=20,
    notify="ticket",
    transport="nrpe",
    owner="payments",
    origin=at(18),
    hosts=("pay-1", "pay-2", "pay-3"),
)
BACKLOG = Entry(
    id="payments-api:sqs_backlog",
    name="sqs_backlog",
    role="payments-api",
    check="sqs_backlog",
    family="aws",
    summary="Messages piling up in an SQS queue.",
    command=words(CHECK, "sqs_backlog", "--queue", ("payments-", Placeholder("environment"))),
    env=(("AWS_PROFILE", "moni toring"),),
    interval=7200,
    where="central",
    per="role",
    notify="nobody",
    owner="payments",
    origin=at(21),
    hosts=("payments-api.production",),
)
JOB_RUN = Entry(
    id="payments-api:Nightly run",
    name="Nightly run",
    role="payments-api",
    check="heartbeat",
    family="heartbeat",
    summary="Age of the last run of a job.",
    command=words(CHECK, "heartbeat", "--job", "nightly"),
    secrets=(Secret("token", "env", "JOB_TOKEN"),),
    interval=3600,
    transport="passive",
    owner="platform",
    origin=at(25),
    hosts=("pay-2",),
)
SMTP = Entry(
    id="relay:smtp",
    name="smtp",
    role="relay",
    plugin="/usr/lib/nagios/plugins/check_smtp",
    command=words("/usr/lib/nagios/plugins/check_smtp", "-H", (Placeholder("address"),), "-C", "it's $5; 100%\\"),
    where="central",
    owner="platform",
    origin=at(9, "shop/fleet/platform.py"),
    hosts=("relay",),
)

PRODUCTION = Plan(
    project="shop",
    environment="production",
    site=Site(),
    teams=(PAYMENTS, PLATFORM),
    roles=(
        Role(
            name="payments-api",
            summary="Takes the money; all of it.",
            owner="payments",
            runbook="https://runbooks.example.com/payments/",
            hosts=("pay-1", "pay-2", "pay-3"),
            virtual_host="payments-api.production",
            origin=at(10),
        ),
        Role(name="relay", owner="platform", hosts=("relay",), origin=at(8, "shop/fleet/platform.py")),
    ),
    hosts=(
        Host(
            name="pay-1",
            address="10.9.0.11",
            roles=("payments-api",),
            labels={"port": "8443", "data-center": "eu; west 1", "Data_center": "a"},
            parents=("relay",),
            origin=at(30, "shop/fleet/environments.py"),
        ),
        Host(
            name="pay-2",
            address="10.9.0.12",
            roles=("payments-api",),
            labels={"port": "8444"},
            parents=("relay",),
            origin=at(31, "shop/fleet/environments.py"),
        ),
        Host(
            name="pay-3",
            address="2001:db8::13",
            roles=("payments-api",),
            labels={"port": "8445"},
            parents=("relay",),
            origin=at(32, "shop/fleet/environments.py"),
        ),
        Host(name="payments-api.production", address="", roles=("payments-api",), virtual=True, origin=at(10)),
        Host(
            name="relay",
            address="relay.example.com",
            roles=("relay",),
            origin=at(33, "shop/fleet/environments.py"),
        ),
    ),
    hours=(NIGHT, OFFICE),
    entries=(JOB_RUN, CHECKOUT, DISK, ON_ITSELF, BACKLOG, SMTP),
)

#: One host has a variant of a watch. The others stay on the hostgroup.
SPLIT = replace(
    PRODUCTION,
    entries=(
        replace(DISK, hosts=("pay-1", "pay-2")),
        replace(DISK, variant="2", hosts=("pay-3",), interval=45, why=("it is slow",), quiet=("backup",)),
        replace(CHECKOUT, transport="local"),
    ),
)

#: Only a role without machines.
CLOUD = Plan(
    project="shop",
    environment="cloud",
    site=Site(plugins="/usr/lib/nagios/plugins"),
    teams=(PAYMENTS,),
    roles=(Role(name="queue", owner="payments", virtual_host="queue.cloud", origin=at(2)),),
    hosts=(Host(name="queue.cloud", address="", roles=("queue",), virtual=True, origin=at(2)),),
    hours=(OFFICE,),
    entries=(replace(BACKLOG, id="queue:sqs_backlog", role="queue", hosts=("queue.cloud",), notify="page"),),
)


def moved(plan: Plan, environment: str) -> Plan:
    """Return the plan in another environment, with other names of hosts."""

    def name(host: str) -> str:
        if not host:
            return host
        stem = host.removesuffix(f".{plan.environment}")
        return f"{stem}.{environment}" if stem != host else f"{environment}-{host}"

    def names(hosts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(map(name, hosts)))

    return replace(
        plan,
        environment=environment,
        roles=tuple(
            replace(
                role,
                hosts=names(role.hosts),
                virtual_host=name(role.virtual_host) if role.virtual_host else "",
            )
            for role in plan.roles
        ),
        hosts=tuple(
            replace(host, name=name(host.name), parents=names(host.parents))
            for host in sorted(plan.hosts, key=lambda host: name(host.name))
        ),
        entries=tuple(replace(entry, hosts=names(entry.hosts)) for entry in plan.entries),
    )


def with_entry(plan: Plan, index: int, change: Callable[[Entry], Entry]) -> Plan:
    entries = list(plan.entries)
    entries[index] = change(entries[index])
    return replace(plan, entries=tuple(entries))


def large(hosts: int, watches: int) -> Plan:
    """Return a plan with ten roles and `watches` services on each host. One watch in five needs a label."""
    roles = tuple(f"role{number:03}" for number in range(10))
    members = {
        role: tuple(f"host{number:05}" for number in range(hosts) if number % 10 == i) for i, role in enumerate(roles)
    }
    return Plan(
        project="shop",
        environment="production",
        site=Site(),
        teams=(PAYMENTS,),
        roles=tuple(Role(name=role, owner="payments", hosts=members[role], origin=at(1)) for role in roles),
        hosts=tuple(
            Host(
                name=f"host{number:05}",
                address=f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
                roles=(roles[number % 10],),
                labels={"port": str(number)},
                origin=at(number),
            )
            for number in range(hosts)
        ),
        hours=(OFFICE,),
        entries=tuple(
            replace(
                CHECKOUT if watch % 5 == 0 else DISK,
                id=f"{role}:watch{watch:02}",
                name=f"watch{watch:02}",
                role=role,
                quiet=(),
                hosts=members[role],
            )
            for role in roles
            for watch in range(watches)
        ),
    )
