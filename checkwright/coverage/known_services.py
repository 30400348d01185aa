"""Services that machines run, with their ports, their classes of Puppet, and the checks that watch them."""

from __future__ import annotations

from typing import NamedTuple


class Service(NamedTuple):
    """One service. checks: the best one first. ports: its usual ports. classes: titles in Puppet's catalogs."""

    checks: tuple[str, ...]
    ports: tuple[int, ...]
    classes: tuple[str, ...]


#: Classes are those of modules on the Puppet Forge, mostly of puppetlabs and Vox Pupuli.
SERVICES = (
    Service(("nginx", "http"), (), ("Nginx",)),
    Service(("apache", "http"), (), ("Apache",)),
    Service(("http", "tls_certificate"), (80, 443), ()),
    Service(("haproxy",), (), ("Haproxy",)),
    Service(("varnish",), (6081,), ("Varnish",)),
    Service(("php_fpm",), (9000,), ("Php::Fpm", "Phpfpm")),
    Service(("redis",), (6379,), ("Redis", "Valkey")),
    Service(("redis_sentinel",), (26379,), ("Redis::Sentinel",)),
    Service(("memcached",), (11211,), ("Memcached",)),
    Service(("postgresql",), (5432,), ("Postgresql::Server",)),
    Service(("pgbouncer",), (6432,), ("Pgbouncer",)),
    Service(("mysql",), (3306,), ("Mysql::Server", "Mariadb::Server")),
    Service(("rabbitmq",), (5672, 15672), ("Rabbitmq",)),
    Service(("opensearch",), (9200,), ("Elasticsearch", "Opensearch")),
    Service(("etcd",), (2379,), ("Etcd",)),
    Service(("zookeeper",), (2181,), ("Zookeeper",)),
    Service(("nats",), (8222,), ("Nats",)),
    Service(("containers",), (2375, 2376), ("Docker",)),
    Service(("keepalived",), (), ("Keepalived",)),
    Service(("gearman",), (4730,), ("Gearman", "Gearmand")),
    Service(("dns",), (), ("Bind", "Dnsmasq", "Unbound")),
    Service(("mail_queue",), (), ("Postfix", "Exim")),
    Service(("tcp_port",), (), ("Dovecot",)),
    Service(("clock",), (), ("Ntp", "Chrony")),
    Service(("puppet_agent",), (), ("Puppet", "Puppet_agent")),
    Service(("uwsgi",), (), ("Uwsgi",)),
)

#: Usual ports of foreign plugins, by the name of their program.
PLUGIN_PORTS = {
    "check_ssh": 22,
    "check_smtp": 25,
    "check_http": 80,
    "check_ftp": 21,
    "check_pop": 110,
    "check_imap": 143,
    "check_ldap": 389,
    "check_mysql": 3306,
    "check_pgsql": 5432,
    "check_nrpe": 5666,
}


def usual_ports(check: str) -> tuple[int, ...]:
    """Return the ports of the services that a check watches first of all."""
    return tuple(port for service in SERVICES if check == service.checks[0] for port in service.ports)


def checks_for_port(port: int) -> tuple[str, ...]:
    """Return the checks for a usual port, () for an unknown one."""
    return next((service.checks[:1] for service in SERVICES if port in service.ports), ())


def checks_for_class(title: str) -> tuple[str, ...]:
    """Return the checks for a class of Puppet, () for an unknown one."""
    return next((service.checks for service in SERVICES if title in service.classes), ())
