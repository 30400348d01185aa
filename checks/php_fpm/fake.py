"""Fake pools of PHP-FPM."""

from __future__ import annotations

from collections.abc import Mapping

from checks.php_fpm.source import PhpFpmPools, PoolStatus
from checkwright.core.errors import CheckError
from checkwright.testing.canned import answer_for


class FakePhpFpmPools(PhpFpmPools):
    """Pools by address: `FakePhpFpmPools({"/run/php/status.sock": PoolStatus("shop", active=3)})`.

    A CheckError is raised.
    """

    def __init__(self, pools: Mapping[str, PoolStatus | CheckError]) -> None:
        self.pools = dict(pools)

    def status(self, address: str, path: str = "/fpm-status") -> PoolStatus:
        return answer_for(self, self.pools, address)


__all__ = ["FakePhpFpmPools", "PoolStatus"]
