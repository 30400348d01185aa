"""Storefront: the website, the API of website and app, and the public site."""

from checks.aws.acm import Acm
from checks.aws.autoscaling import Autoscaling
from checks.aws.load_balancer import LoadBalancer
from checks.dns.dns import Dns
from checks.http.http import Http
from checks.http.json_api import JsonApi
from checks.latency.api_latency import ApiLatency
from checks.slo.slo import Slo
from checks.system.disk import Disk
from checks.tls.tls_certificate import TlsCertificate
from checkwright.registry.model import BusinessService, Capacity, Escalation, Part, Role, Team, Watch
from shop.fleet.calendar import shop_hours
from shop.fleet.platform import platform

storefront = Team(
    "storefront",
    email="storefront@example.com",
    page="storefront-pager",
    office_hours=shop_hours,
    escalations=(Escalation(after="30m", to=platform),),
    sns="arn:aws:sns:eu-west-1:123456789012:storefront",
)

web = Role(
    "web",
    summary="Serves the shop's pages: nginx and rendering",
    owner=storefront,
    runbook="https://runbooks.example.com/storefront/web/",
    watches=(
        Watch(Disk(paths=("/", "/var/log")), Disk.space.at("/var/log", warn=70, crit=85), notify="office-hours"),
        Watch(
            Http(url="http://{address}:{label.http}/", expect=("Add to basket",)),
            Http.time.at(warn=0.8, crit=3),
            every="30s",
            where="central",
        ),
    ),
)

api = Role(
    "api",
    summary="API of website and app: catalogue, baskets, accounts",
    owner=storefront,
    runbook="https://runbooks.example.com/storefront/api/",
    capacity=Capacity(workers=8, connections={"database": 20}),
    watches=(
        Watch(Disk(paths=("/",)), notify="office-hours"),
        Watch(
            JsonApi(
                url="http://{address}:{label.http}/status",
                values=("sessions=sessions.active", "failed=requests.failed_percent:%"),
                warnings=("failed=1",),
                criticals=("failed=5",),
                words=("health=status:ok:degraded",),
            ),
            name="api",
            every="30s",
        ),
        Watch(
            ApiLatency(log="/var/log/nginx/access.log", routes="storefront"),
            ApiLatency.p99.at("POST /api/orders", warn=2, crit=5),
            ApiLatency.p99.at("GET /api/exports/*", warn="~:", crit="~:"),
            needs=("api:api",),
        ),
        Watch(
            Slo("checkout", "POST /api/orders", percent=99.5, under="2s", days=30, role="storefront"),
            name="api_slo",
            every="5m",
        ),
    ),
)

checkout = BusinessService(
    "checkout",
    summary="Customers can order and pay",
    owner=storefront,
    runbook="https://runbooks.example.com/storefront/checkout/",
    parts=(
        Part("web:http", at_least="50%"),
        Part("api:api", at_least="50%"),
        Part("payments-api:checkout", at_least=1),
        Part("database:tcp_port", at_least=1),
    ),
)

site = Role(
    "site",
    summary="The shop from outside: DNS name, certificate, front page",
    owner=storefront,
    runbook="https://runbooks.example.com/storefront/site/",
    watches=(
        Watch(Dns(host="{environment}.shop.example.com"), per="role", every="5m"),
        Watch(Http(url="https://{environment}.shop.example.com/", redirect="none"), per="role"),
        Watch(TlsCertificate(host="{environment}.shop.example.com"), per="role", every="1h", notify="ticket"),
    ),
)

cloud = Role(
    "shop-cloud",
    summary="The part of the shop in AWS: load balancer, its machines and certificates",
    owner=storefront,
    runbook="https://runbooks.example.com/storefront/cloud/",
    watches=(
        Watch(LoadBalancer(balancer="shop"), LoadBalancer.p99.at(warn=1, crit=3), per="role", every="5m"),
        Watch(Autoscaling(group=("shop-web",)), per="role", every="5m", attempts=4, notify="office-hours"),
        Watch(Acm(), per="role", every="1h", notify="ticket"),
    ),
)
