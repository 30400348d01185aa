"""Sessions of botocore, one for each account, and their clients, kept from run to run."""

import _thread
import os
import time

from checkwright.core.current import current
from checkwright.core.text import clean
from checkwright.net.tls_context import file_version
from checkwright.sources import BadUsage, CannotTell, doing, remaining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from botocore.config import Config

    from checks.aws._where import Where

#: Timeouts in seconds for one request. A client's timeout is fixed when it is made and each client has a TLS context
#: of its own, so there are few: clients are kept from run to run, and no request outlives its run.
_STEPS = (0.5, 2.0, 8.0, 32.0)
#: Memory of missing credentials, in seconds. A search for the role of a machine takes seconds where no
#: metadata service answers.
_FORGET_MISSING = 30.0
#: Longest timeout in seconds of a request for credentials.
_LONGEST_FOR_CREDENTIALS = 4.0
#: Files with credentials and settings: the variable that names each, and its default path.
_FILES = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
#: Services with one address for all regions, under which botocore builds addresses that do not exist for others.
_ONE_REGION = {"support": "us-east-1", "route53domains": "us-east-1"}
_SESSION_NAME = "checkwright"


class Sessions:
    """Sessions by profile and role, and clients by service, region, endpoint and timeout.

    All are replaced when a file of credentials changes. The descriptions of services stay loaded.
    """

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._files: tuple[object, ...] = ()
        self._accounts: dict[tuple[str, str, str, str | None], _Account] = {}
        self._loader: Any = None

    def client(self, service: str, where: "Where", action: str) -> "Any":
        """Return a client whose requests end within the run's time.

        action: the request, such as `sqs:GetQueueUrl`, for errors. Raises BadUsage without a region, CannotTell without
        credentials, and errors of botocore.
        """
        return self._account(where).client(service, where, action)

    def left(self, where: "Where") -> float | None:
        """Return the seconds until credentials of the environment expire, which nothing renews; None for others."""
        expiry = os.environ.get("AWS_CREDENTIAL_EXPIRATION")
        if not expiry or self._account(where).credentials("AWS_CREDENTIAL_EXPIRATION").method != "env":
            return None
        from datetime import datetime

        try:
            return datetime.fromisoformat(expiry).timestamp() - time.time()
        except (ValueError, OverflowError):
            raise CannotTell(f"AWS_CREDENTIAL_EXPIRATION is no time: {clean(expiry, 50)}") from None

    def loader(self) -> "Any":
        """Return the loader of botocore's descriptions of services."""
        if self._loader is None:
            from botocore.loaders import create_loader

            self._loader = create_loader()
        return self._loader

    def close(self) -> None:
        for account in self._accounts.values():
            account.close()
        self._accounts.clear()

    def _account(self, where: "Where") -> "_Account":
        files = tuple(file_version(os.path.expanduser(os.environ.get(name) or default)) for name, default in _FILES)
        key = (*where.account(), where.endpoint if where.role else None)
        with self._lock:
            if files != self._files:
                self._accounts = {}  # a run that uses an old client goes on with it
                self._files = files
            if key not in self._accounts:
                self._accounts[key] = _Account(where, self.loader())
            return self._accounts[key]


class _Account:
    """One session, with the credentials of a profile or role, and its clients."""

    def __init__(self, where: "Where", loader: "Any") -> None:
        import botocore.session

        self._where = where
        self._lock = _thread.allocate_lock()
        self._searching = _thread.allocate_lock()
        self._missing_until = 0.0
        self._clients: dict[tuple[str, str, str | None, float], Any] = {}
        self._session = botocore.session.Session(profile=where.profile or None)
        self._session.register_component("data_loader", loader)
        if where.role:
            _assume(self._session, where)

    def client(self, service: str, where: "Where", action: str) -> "Any":
        region = _ONE_REGION.get(service) or where.region or self._session.get_config_variable("region")
        if not region:
            hint = "give --region, or set AWS_DEFAULT_REGION or the region of the profile"
            raise BadUsage(f"no AWS region for {action}: {hint}")
        credentials = self.credentials(action)
        frozen = credentials.get_frozen_credentials()
        current().secrets.update(secret for secret in (frozen.secret_key, frozen.token) if secret)
        with self._lock:  # making clients is not thread-safe; using them is
            while True:
                seconds = _longest_step()
                key = (service, region, where.endpoint, seconds)
                if key not in self._clients:
                    self._clients[key] = self._session.create_client(
                        service, region_name=region, endpoint_url=where.endpoint, config=_config(seconds)
                    )
                if _longest_step() >= seconds:  # else making it took so long that its timeout no longer fits
                    return self._clients[key]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def credentials(self, action: str) -> "Any":
        """Return the session's credentials. One run searches for them, and the others wait for what it finds."""
        doing(f"AWS credentials for {action}")
        if not self._searching.acquire(True, remaining()):
            raise CannotTell(f"time was up while another check looked for AWS credentials for {action}")
        try:
            found = None
            if time.monotonic() >= self._missing_until:
                # Requests of botocore's own, such as sts:AssumeRole, take as long as this says.
                self._session.set_default_client_config(_config(min(_LONGEST_FOR_CREDENTIALS, remaining())))
                found = self._session.get_credentials()
                if found is None:
                    self._missing_until = time.monotonic() + _FORGET_MISSING
        finally:
            self._searching.release()
        if found is None:
            hint = "give this machine a role, or the user that runs the check a profile (AWS_PROFILE, ~/.aws)"
            raise CannotTell(f"no AWS credentials for {action}: {hint}")
        return found


def _longest_step() -> float:
    """Return the longest timeout that this run has time for."""
    left = remaining()
    return max((step for step in _STEPS if step <= left), default=_STEPS[0])


def _config(seconds: float) -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=seconds / 4,
        read_timeout=seconds * 3 / 4,
        retries={"mode": "standard", "total_max_attempts": 1},
    )


def _assume(session: "Any", where: "Where") -> None:
    """Give a session the credentials of a role, which those of the profile or of the machine may assume."""
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        CredentialProvider,
        CredentialResolver,
        DeferredRefreshableCredentials,
    )

    sources = session.get_component("credential_provider")

    class RoleProvider(CredentialProvider):  # type: ignore[misc, unused-ignore]
        METHOD = "assume-role"

        def load(self) -> "Any":
            source = sources.load_credentials()
            if source is None:
                return None
            more = {"RoleSessionName": _SESSION_NAME}
            if where.external_id:
                more["ExternalId"] = where.external_id
            fetcher = AssumeRoleCredentialFetcher(client, source, where.role, extra_args=more)

            def fetch() -> "Any":
                doing(f"sts:AssumeRole for {clean(where.role, 200)}")
                return fetcher.fetch_credentials()

            return DeferredRefreshableCredentials(refresh_using=fetch, method=self.METHOD)

    def client(service: str, **arguments: "Any") -> "Any":
        region = where.region or session.get_config_variable("region") or "us-east-1"
        return session.create_client(service, region_name=region, endpoint_url=where.endpoint, **arguments)

    session.register_component("credential_provider", CredentialResolver([RoleProvider()]))
