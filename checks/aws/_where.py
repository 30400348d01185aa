"""Account, region and endpoint of a request to AWS."""

from checkwright.core.text import clean


class Where:
    """Account, region and endpoint that requests go to. Serves as a key.

    profile: a section of AWS's files, "" for the default. role: the ARN of a role to assume with those credentials, ""
    for none; external_id: the value that its trust policy asks for. region: "" for that of the environment or profile.
    endpoint: one address for all services, as moto has it; None for those of AWS and of AWS_ENDPOINT_URL_*.
    """

    __slots__ = ("endpoint", "external_id", "profile", "region", "role")

    def __init__(
        self,
        profile: str = "",
        role: str = "",
        external_id: str = "",
        region: str = "",
        endpoint: str | None = None,
    ) -> None:
        self.profile = profile
        self.role = role
        self.external_id = external_id
        self.region = region
        self.endpoint = endpoint

    def account(self) -> tuple[str, str, str]:
        """Return profile, role and external ID."""
        return self.profile, self.role, self.external_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Where) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return *self.account(), self.region, self.endpoint

    def at(self, region: str) -> "Where":
        """Return the same account in another region, such as us-east-1 for the metrics of CloudFront."""
        return Where(*self.account(), region, self.endpoint)

    def suffix(self) -> str:
        """Return ` in REGION` for sentences, "" without a region."""
        return f" in {clean(self.region, 50)}" if self.region else ""
