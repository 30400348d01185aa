"""Fleet with watches of AWS of several kinds, for tests of policies, costs and alarms."""

from checkwright.aws.aws_watches import AwsWatch, aws_watches
from checkwright.registry.planning import Judged, judged
from tests.checkwright.registry.conftest import Write

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bakers"
FLEET = """\
from checkwright.registry.model import Account
from checks.aws.aws_access import AwsAccess
from checks.aws.lambda_function import LambdaFunction
from checks.aws.load_balancer import LoadBalancer
from checks.aws.rds import Rds
from checks.aws.s3_newest import S3Newest
from checks.aws.subnet import Subnet

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bakers"
millers = Team("millers", email="millers@example.com", page="millers-pager", sns=TOPIC)
cloud = Role(
    "cloud",
    owner=millers,
    runbook="https://runbooks.example.com/cloud/",
    watches=(
        Watch(AwsAccess(), per="account", every="5m"),
        Watch(SqsBacklog(queue="flour-{environment}", no_dead_letters=True), per="role", every="5m"),
        Watch(
            Rds(instance=("shop", "stock")),
            Rds.cpu.at(warn=70, crit=90),
            Rds.cpu.at("stock", crit=99),
            Rds.credits.at(warn="20:"),
            Rds.memory.at(warn="1G:"),
            Rds.connections.at(crit="5:200"),
            per="role",
            every="5m",
            attempts=2,
        ),
        Watch(
            LoadBalancer(balancer="shop"),
            LoadBalancer.p99.at(warn=1, crit=3),
            LoadBalancer.worst.at(crit="@0:1"),
            per="role",
            every="5m",
        ),
        Watch(
            LambdaFunction(function=("mail",), stream=True),
            LambdaFunction.iterator_age.at(warn=300),
            per="role",
            every="5m",
        ),
    ),
)
stores = Role(
    "stores",
    owner=bakers,
    runbook="https://runbooks.example.com/stores/",
    watches=(
        Watch(S3Newest(bucket="shop-backups", prefix="db/"), per="role", every="1h", account="backups"),
        Watch(Subnet(tag=("role=web",)), per="role", every="5m", notify="nobody"),
        Watch(SqsBacklog(queue="bread-*"), per="role", every="5m"),
    ),
)
mill = Role("mill", owner=bakers, runbook="https://runbooks.example.com/mill/", watches=(Watch(Disk()),))
qa = Environment(
    "qa",
    site=Site(),
    hosts=(Host("mill-1", "10.0.0.1", roles=(mill,)),),
    roles=(cloud, stores),
    aws=(
        Account("shop", role="arn:aws:iam::123456789012:role/checks", regions=("eu-west-1",)),
        Account("backups", id="210987654321", profile="backups", regions=("eu-central-1",)),
    ),
)
"""


def resolved(project: Write, text: str = FLEET) -> Judged:
    return judged(str(project(text)), "qa")


def watches(project: Write, text: str = FLEET) -> list[AwsWatch]:
    return list(aws_watches(resolved(project, text)))


def replaced(old: str, new: str) -> str:
    """Return the fleet with a change."""
    assert old in FLEET
    return FLEET.replace(old, new)
