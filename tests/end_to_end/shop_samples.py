"""Sample command lines of the checks of examples/shop, as tests/support/sample.py declares them for the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.shop_services import CREDENTIALS, REGION, TOKEN, run_shop_services
from tests.support.nagios import place
from tests.support.sample import Sample


@contextmanager
def checkout(folder: Path) -> Iterator[Sample]:
    with run_shop_services() as shop:
        token = place(folder / "token", TOKEN + "\n")
        authority = place(folder / "authority.pem", shop.authority)
        url = f"https://127.0.0.1:{shop.https.number}/health"
        yield Sample(f"--url {url} --token-file {token}", env={"SSL_CERT_FILE": str(authority)})


@contextmanager
def nightly_export(folder: Path) -> Iterator[Sample]:
    with run_shop_services() as shop:
        yield Sample(f"--url http://127.0.0.1:{shop.http.number}/products.json")


@contextmanager
def order_queue(folder: Path) -> Iterator[Sample]:
    with run_shop_services() as shop:
        shop.queue("orders", messages=3)
        shop.queue("orders-dead", messages=0)
        env = {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": shop.aws,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield Sample("--queue orders", env=env)
