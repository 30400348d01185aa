"""Sources that could write the inventory of production: PuppetDB, EC2, and a database of machines."""

from checkwright.registry.model import (
    Account,
    Always,
    Attribute,
    ByClass,
    ByName,
    ByValue,
    Ec2,
    Fact,
    Field,
    Ignored,
    JsonCommand,
    PuppetDb,
    Tag,
    Trusted,
)
from shop.fleet import payments, platform, storefront

puppet = PuppetDb(
    file="inventory/production.csv",
    where='trusted.extensions.pp_environment = "production"',
    name=Fact("networking.hostname"),
    address=Fact("networking.ip"),
    roles=(
        Always(platform.linux),
        ByValue(
            Trusted("pp_role"),
            {
                "web": storefront.web,
                "pay": payments.api,
                "scratch": Ignored(why="no service runs there"),
            },
        ),
        ByClass("Postgresql::Server", platform.database),
        ByName("mon-*", platform.monitoring),
    ),
    labels={"ssh": Fact("ssh_port", default="22")},
    pool=ByValue(Fact("datacenter"), {"aws": "aws"}),
)

aws = Ec2(
    file="inventory/production-aws.csv",
    regions=("eu-west-1", "eu-central-1"),
    accounts=(Account("shop", role="arn:aws:iam::123456789012:role/inventory", regions=("eu-west-1",)),),
    filters={"tag:env": ("production",)},
    roles=(Always(platform.linux), ByValue(Tag("service"), {"web": storefront.web})),
    labels={"zone": Attribute("Placement.AvailabilityZone"), "http": "80", "ssh": "22"},
)

cmdb = JsonCommand(
    ("/usr/local/bin/cmdb-export", "--environment", "production"),
    file="inventory/production.csv",
    hosts="result.machines",
    id=Field("serial"),
    name=Field("hostname"),
    address=Field("interfaces.0.ip"),
    changed=Field("last_seen"),
    roles=(Always(platform.linux), ByValue(Field("service"), {"web": storefront.web})),
)
