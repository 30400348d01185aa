"""Handlers of the shop's Sensu. The pager and the tickets read the team from the event."""

from checkwright.registry.model import Handler, Routes

pager = Handler(
    "pager",
    ("/opt/shop/bin/page", "--from", "sensu"),
    env={"PAGER_KEY_FILE": "/etc/shop/pager.key"},
    timeout="20s",
)
tickets = Handler(
    "tickets",
    ("/opt/shop/bin/open-ticket", "--queue", "operations"),
    env={"TICKETS_URL": "https://tickets.example.com/api", "TICKETS_TOKEN_FILE": "/etc/shop/tickets.token"},
)
store = Handler("metrics-store", ("/opt/shop/bin/store-metrics",), timeout="10s")

routes = Routes(
    page=(pager,),
    office_hours=(pager,),
    ticket=(tickets,),
    metrics=(store,),
    repeat="2h",
    time_zone="Europe/Berlin",
)
