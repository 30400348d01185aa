"""The catalogue of the example project."""

from collections.abc import Sequence

import pytest

from checkwright.catalogue.site_files import files
from checkwright.parity.compare_with_roles import parity_of
from checkwright.registry.loader import load
from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan_of
from tests.support.installed import ROOT

SHOP = ROOT / "examples/shop"


@pytest.fixture(scope="session")
def plans() -> Sequence[Plan]:
    registry = load(str(SHOP))
    return [plan_of(registry, one.name).plan for one in registry.environments]


@pytest.fixture(scope="session")
def pages(plans: Sequence[Plan]) -> dict[str, str]:
    return files(plans, parity=parity_of(load(str(SHOP))))
