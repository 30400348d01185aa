"""Fulfilment: orders after payment, and nightly jobs."""

from checks.heartbeat.heartbeat import Heartbeat
from checks.system.disk import Disk
from checkwright.registry.model import Role, Team, Watch
from shop.fleet.calendar import nightly_batch
from shop.plugins.nightly_export import NightlyExport
from shop.plugins.order_queue import OrderQueue

fulfilment = Team("fulfilment", email="fulfilment@example.com", page="fulfilment-pager")

queue = Role(
    "queue",
    summary="Sends paid orders to the warehouse; also runs nightly jobs",
    owner=fulfilment,
    runbook="https://runbooks.example.com/fulfilment/queue/",
    watches=(
        Watch(Disk(paths=("/", "/srv")), notify="office-hours"),
        Watch(OrderQueue(queue="orders-{environment}", region="eu-west-1"), per="role", every="2m"),
        Watch(
            NightlyExport(url="http://{address}:{label.jobs}/products.json"),
            every="15m",
            notify="office-hours",
            quiet=(nightly_batch,),
        ),
        Watch(
            Heartbeat(job="invoices"),
            Heartbeat.age.at(warn="26h", crit="30h"),
            name="invoices",
            every="15m",
            notify="ticket",
        ),
    ),
)
