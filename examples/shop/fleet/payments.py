"""Payments: the API and its queue."""

from checks.aws.sqs_backlog import SqsBacklog
from checks.system.disk import Disk
from checkwright import Secret
from checkwright.registry.model import Role, Team, Watch
from shop.plugins.checkout import Checkout

payments = Team(
    "payments",
    email="payments@example.com",
    page="payments-pager",
    sns="arn:aws:sns:eu-west-1:123456789012:payments",
)

api = Role(
    "payments-api",
    summary="Takes payments for orders",
    owner=payments,
    runbook="https://runbooks.example.com/payments/",
    watches=(
        Watch(Disk(paths=("/", "/srv")), Disk.space.at(warn=75, crit=85), notify="office-hours"),
        Watch(
            Checkout(url="https://{address}:{label.port}/health", token=Secret(file="/etc/checks/checkout")),
            every="30s",
            attempts=3,
        ),
        Watch(SqsBacklog(queue="payments-{environment}", region="eu-west-1"), per="role"),
    ),
)
