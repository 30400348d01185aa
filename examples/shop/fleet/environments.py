"""Environments: their hosts, and the differences between them."""

from checks.aws.sqs_backlog import SqsBacklog
from checks.http.http import Http
from checks.system.disk import Disk
from checkwright.registry.model import (
    Account,
    Capacity,
    Environment,
    Host,
    Maintenance,
    Override,
    Pool,
    SensuAgents,
    Site,
    at_least,
)
from shop.fleet import fulfilment, payments, platform, storefront
from shop.fleet.notification_routes import routes
from shop.plugins.checkout import Checkout
from shop.plugins.order_queue import OrderQueue

# One machine has all roles. services.py answers on the ports of the services. aws_services.py imitates AWS: it prints
# the address for the variable AWS_ENDPOINT_URL.
dev = Environment(
    "dev",
    site=Site(check="/opt/checkwright/bin/check", transport="local", project="/opt/checkwright/shop"),
    hosts=(
        Host("web-dev", "127.0.0.1", roles=(storefront.web,), labels={"http": "8080"}),
        Host("api-dev", "127.0.0.1", roles=(storefront.api,), labels={"http": "8081"}),
        Host("pay-dev", "127.0.0.1", roles=(payments.api,), labels={"port": "8082"}),
    ),
    roles=(platform.cloud, storefront.cloud),
    aws=(Account("shop", id="123456789012", regions=("eu-west-1",)),),
    overrides=(
        Override(every=at_least("15m"), notify="nobody", why="developers run checks by hand, with checkctl try"),
        Override(options=Disk(paths=("/",)), why="a developer's machine has one filesystem"),
        Override(watch="api_*", off=True, why="there is no nginx, and so no access log"),
        Override(
            options=Checkout(url="http://{address}:{label.port}/health", token=None), why="no TLS and no token here"
        ),
    ),
    lacks=(
        (platform.linux, "a developer's machine is not the shop's"),
        (platform.database, "the services use SQLite here"),
        (platform.monitoring, "there is no Nagios"),
        (fulfilment.queue, "orders go nowhere"),
        (storefront.site, "nothing is public"),
        (storefront.checkout, "a developer sees what fails"),
    ),
)

qa = Environment(
    "qa",
    site=Site(transport="nrpe", project="/opt/checkwright/shop"),
    hosts=(
        Host("web-qa", "10.8.0.11", roles=(platform.linux, storefront.web), labels={"http": "80", "ssh": "22"}),
        Host("api-qa", "10.8.0.21", roles=(platform.linux, storefront.api), labels={"http": "8080", "ssh": "22"}),
        Host("pay-qa", "10.8.0.31", roles=(platform.linux, payments.api), labels={"port": "8443", "ssh": "22"}),
        Host("db-qa", "10.8.0.41", roles=(platform.linux, platform.database), labels={"postgres": "5432", "ssh": "22"}),
        Host("jobs-qa", "10.8.0.51", roles=(platform.linux, fulfilment.queue), labels={"jobs": "8090", "ssh": "22"}),
    ),
    overrides=(
        Override(every=at_least("5m"), notify="nobody", why="testers notice failures themselves"),
        Override(
            OrderQueue.given_up.at(warn=50, crit="~:"),
            role=fulfilment.queue,
            why="the tests make orders fail on purpose",
        ),
    ),
    capacity=((storefront.api, Capacity(workers=2, connections={"database": 5})),),
    lacks=(
        (platform.monitoring, "the Nagios of staging watches QA too"),
        (platform.cloud, "nothing of QA is in AWS but its queues"),
        (storefront.cloud, "QA has no load balancer"),
        (storefront.site, "QA has no public name"),
        (storefront.checkout, "nobody orders in QA"),
    ),
)

staging = Environment(
    "staging",
    site=Site(check="/opt/checkwright/bin/check", transport="nrpe", project="/opt/checkwright/shop"),
    hosts=(
        Host("web-stg", "10.9.0.21", roles=(platform.linux, storefront.web), labels={"http": "80", "ssh": "22"}),
        Host("api-stg", "10.9.0.31", roles=(platform.linux, storefront.api), labels={"http": "8080", "ssh": "22"}),
        Host("pay-stg", "10.9.0.11", roles=(platform.linux, payments.api), labels={"port": "8443", "ssh": "22"}),
        Host(
            "db-stg", "10.9.0.41", roles=(platform.linux, platform.database), labels={"postgres": "5432", "ssh": "22"}
        ),
        Host("jobs-stg", "10.9.0.51", roles=(platform.linux, fulfilment.queue), labels={"jobs": "8090", "ssh": "22"}),
        Host("mon-stg", "10.9.0.5", roles=(platform.linux, platform.monitoring), labels={"ssh": "22"}),
    ),
    roles=(storefront.site, storefront.checkout),
    sensu=routes,
    sensu_agents=SensuAgents(central=("mon-stg",)),
    overrides=(
        Override(every=at_least("5m"), notify="nobody", why="nobody is woken for staging"),
        Override(watch="gearman", off=True, why="one Nagios reaches all of staging, so there are no workers"),
        Override(watch="puppet", off=True, why="images are built every night, and Puppet runs only then"),
        Override(
            SqsBacklog.oldest.at(warn=3600, crit=7200),
            role=payments.api,
            why="the nightly load test fills the queue for an hour",
            until="2027-03-01",
        ),
    ),
    lacks=(
        (platform.cloud, "nothing of staging is in AWS but its queues"),
        (storefront.cloud, "staging has no load balancer"),
    ),
)

production = Environment(
    "production",
    site=Site(transport="nrpe", project="/opt/checkwright/shop", watched_by="the pager's own probe"),
    inventory="inventory/production.yaml",
    roles=(storefront.site, storefront.checkout, storefront.cloud, platform.cloud),
    sensu=routes,
    sensu_agents=SensuAgents(central=("mon-1",)),
    aws=(
        Account("shop", role="arn:aws:iam::123456789012:role/checkwright", external_id="shop", regions=("eu-west-1",)),
    ),
    overrides=(
        Override(
            Disk.space.at("/srv", warn=85, crit=93),
            role=payments.api,
            host="pay-1",
            why="keeps the invoices of 2019 until the audit",
            until="2027-01-31",
        ),
        Override(
            Http.time.at(warn=1.5, crit=5),
            role=storefront.web,
            host="web-aws-*",
            why="machines in AWS load images from our data centre until the migration is complete",
            until="2027-06-30",
        ),
        Override(
            Checkout.pool.at(warn=90),
            why="the pool was halved, so high use is normal",
        ),
    ),
    maintenance=(
        Maintenance(
            "2027-03-06 22:00",
            "2027-03-07 04:00",
            role=platform.database,
            why="yearly upgrade of PostgreSQL",
        ),
    ),
    pools=(
        # Only gw-aws is reachable from outside, so workers in AWS check the machines there.
        Pool(
            "aws",
            servers=("mon-1.shop.example.com",),
            workers=("checks-aws-1", "checks-aws-2"),
            reaches=("10.60.0.0/16",),
        ),
    ),
)
