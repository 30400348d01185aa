"""Table of the docs index: the checks for a stack, such as LAMP, and the parts that general checks cover."""

from __future__ import annotations

from collections.abc import Collection

#: Stack, its checks, and the parts that it has no check for.
STACKS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "Any Linux machine",
        (
            "disk",
            "memory",
            "pressure",
            "network",
            "sockets",
            "kernel_events",
            "clock",
            "systemd_unit",
            "reboot",
            "updates",
        ),
        "RAID: `raid`; hardware: `Plugin` with a vendor's plugin",
    ),
    (
        "LAMP",
        (
            "apache",
            "php_fpm",
            "mysql",
            "mysql_replication",
            "memcached",
            "mail_queue",
            "log_file",
            "tls_certificate",
            "http",
        ),
        "nginx in front: `nginx`",
    ),
    (
        "Python web service",
        (
            "nginx",
            "uwsgi",
            "postgresql",
            "postgresql_replication",
            "pgbouncer",
            "redis",
            "rabbitmq_queues",
            "sql_query",
        ),
        "gunicorn: `processes` and `prometheus`; Celery on Redis: `redis --list celery`",
    ),
    (
        "JVM service",
        ("prometheus", "json_api", "opensearch", "zookeeper", "postgresql", "rabbitmq", "rabbitmq_queues", "processes"),
        "heap and threads: `prometheus` with jmx_exporter or Micrometer; Spring Boot: `json_api` on "
        "`/actuator/health`; Kafka: `prometheus` with kafka_exporter",
    ),
    (
        "Load balancing",
        ("haproxy", "keepalived", "varnish", "nginx", "dns", "dns_zone", "tls_certificate", "tcp_port"),
        "",
    ),
    (
        "Queues",
        ("rabbitmq", "rabbitmq_queues", "nats", "sqs_backlog", "gearman", "redis", "mail_queue"),
        "jobs in a table: `sql_query`",
    ),
    (
        "Containers",
        ("containers", "etcd", "prometheus", "json_api"),
        "Kubernetes: `prometheus` with kube-state-metrics; Consul, Vault: `json_api` on `/v1/health/state/critical` "
        "and `/v1/sys/health`",
    ),
    ("Jobs and configuration", ("heartbeat", "puppet_agent", "file_age", "log_file", "sql_query"), ""),
    (
        "Searching the bottleneck",
        ("pressure", "sockets", "disk_io", "network", "api_latency", "prometheus"),
        "the slowest API call: `api_latency` from access logs, or `prometheus` from a histogram",
    ),
)


def stack_table(known: Collection[str]) -> list[str]:
    """Return the lines of the table for an index of pages. Empty for a project, which has none of these checks.

    known: the checks that have a page; others are left out.
    """
    rows = []
    for stack, names, others in STACKS:
        links = ", ".join(f"[{name}]({name}.md)" for name in names if name in known)
        if links:
            rows.append(f"| {stack} | {links} | {others} |")
    if not rows:
        return []
    lines = ["", "## By stack", "", "| stack | checks | the rest |", "| --- | --- | --- |", *rows, ""]
    return [*lines, "`checkctl list WORD` searches them, and `checkctl new --role NAME` writes a role with watches."]
