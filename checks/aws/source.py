"""Amazon Web Services, through botocore. Each refusal is one sentence."""

import time

from checks.aws._cloudwatch import MetricReader, compute
from checks.aws._declared import AT_RUN_TIME as AT_RUN_TIME
from checks.aws._declared import SEVERAL as SEVERAL
from checks.aws._declared import CloudMetric as CloudMetric
from checks.aws._queue import Queue as Queue
from checks.aws._queue import oldest_messages as oldest_messages
from checks.aws._refusals import action_name, translate
from checks.aws._series import Points as Points
from checks.aws._series import Series as Series
from checks.aws._sessions import Sessions
from checks.aws._where import Where as Where
from checkwright.core.check import Check, uses
from checkwright.core.options import option
from checkwright.core.text import clean
from checkwright.sources import BadUsage, CannotTell, Source, doing, remaining

#: Packages of others that this family needs.
REQUIRES = ("botocore",)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, ClassVar, Self

#: Seconds before the second attempt, doubled with each further one, up to the longest pause.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
#: Seconds for an answer after a pause: with less time left there is no further attempt.
_LAST_CHANCE = 0.5
#: Seconds that the first query to CloudWatch waits for others, where runs share a source.
_WINDOW = 1.0
#: Errors of botocore's parsers for an answer that is not from AWS.
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


class Aws(Source):
    """AWS with the credentials that botocore finds: environment, profile, or the machine's role.

    Missing credentials, missing permissions and an endpoint that does not answer are CannotTell. Throttled requests are
    repeated within the run's time. Sessions and clients are kept as long as the files of credentials do not change.
    window: see MetricReader; runs that share an instance then send queries together.

    `ask` is the only method that sends a request, so it is the only one that a fake replaces.
    """

    shared = True

    @classmethod
    def open_shared(cls) -> "Self":
        return cls(_WINDOW)

    def __init__(self, window: float = 0.0) -> None:
        self._metrics = MetricReader(window)
        self._sessions = Sessions()

    def ask(
        self,
        service: str,
        operation: str,
        about: str,
        where: Where,
        *,
        gone: "tuple[str, ...]" = (),
        **parameters: object,
    ) -> "dict[str, Any]":
        """Send one request and return the answer as botocore does. Repeats it while AWS is busy and time remains.

        service, operation: AWS's names, such as `sqs` and `GetQueueUrl`. about: the thing concerned, for errors. gone:
        error codes that mean that it does not exist. Raises Down for these, CannotTell and BadUsage.
        """
        action = action_name(service, operation)
        codes = {"gone": frozenset(gone)} if gone else {}
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._send(service, operation, action, about, where, parameters)
            except Exception as error:
                problem, passes = translate(error, action, about, **codes)
                if problem is None:
                    raise
                if not passes or remaining() < pause + _LAST_CHANCE:
                    raise problem from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def pages(
        self,
        service: str,
        operation: str,
        about: str,
        where: Where,
        *,
        most: int = 20,
        gone: "tuple[str, ...]" = (),
        next_page: str = "",
        **parameters: object,
    ) -> "Iterator[dict[str, Any]]":
        """Send one request for each page of an answer, and yield the pages.

        most: pages to read. next_page: the member of requests and answers that names the next page, for an operation
        that botocore's tables of pages lack. Raises as `ask` does, and CannotTell where there are more: a part of an
        answer is none.
        """
        named = {"input_token": next_page, "output_token": next_page}
        pager = named if next_page else self._pager(service, operation)
        inputs, outputs = _tokens(pager["input_token"]), _tokens(pager["output_token"])
        for _ in range(most):
            answer = self.ask(service, operation, about, where, gone=gone, **parameters)
            yield answer
            tokens = [_token(answer, path) for path in outputs]
            more = _token(answer, pager["more_results"]) if "more_results" in pager else any(tokens)
            if not more:
                return
            following = {name: token for name, token in zip(inputs, tokens, strict=True) if token}
            if not following or all(parameters.get(name) == token for name, token in following.items()):
                raise CannotTell(
                    f"the answer to {action_name(service, operation)} on {about} has more pages, but does not say where"
                )
            parameters.update(following)
        raise CannotTell(
            f"the answer to {action_name(service, operation)} on {about} has more than {most} pages: ask for less"
        )

    def queue(self, name: str, where: Where) -> Queue:
        """Return the SQS queue of this name. Raises Down when there is none."""
        about = f"the queue {clean(name, 100)}{where.suffix()}"
        url = self.ask("sqs", "GetQueueUrl", about, where, QueueName=name).get("QueueUrl")
        if not isinstance(url, str):
            raise CannotTell(f"the answer to sqs:GetQueueUrl for {about} has no QueueUrl: is this the address of SQS?")
        return Queue(self, name, url, about, where)

    def series(self, about: str, where: Where, *series: Series) -> "dict[tuple[Series, str], Points]":
        """Return the datapoints of CloudWatch metrics, by series and statistic.

            requests = Series("AWS/ApplicationELB", "RequestCount", dims, "Sum", period=300, back=900)
            total = self.aws.series("the load balancer web", where, requests)[requests, "Sum"].sum()

        No datapoint says nothing about the thing: CloudWatch answers alike for an idle one and for one that does not
        exist. Prove that it exists with a Describe call first. Raises as `ask` does, and CannotTell where CloudWatch
        refuses a metric or has only a part of it.
        """
        return self._metrics.read(self.ask, about, where, *series)

    def computed(
        self,
        about: str,
        where: Where,
        operands: "Mapping[str, tuple[Series, str]]",
        expressions: "Mapping[str, str]",
    ) -> "dict[str, Points]":
        """Return the datapoints of CloudWatch's metric math, by the expression's name, from a request of its own.

        operands: series and statistics by the names that stand in the expressions, all of one period. expressions:
        such as `{"share": "100 * failed / total"}`. Raises as `series` does.
        """
        return compute(self.ask, about, where, operands, expressions)

    def session_left(self, where: Where) -> float | None:
        """Return the seconds until the credentials expire, None if they do not, or renew themselves."""
        return self._sessions.left(where)

    def close(self) -> None:
        self._sessions.close()

    def _pager(self, service: str, operation: str) -> "dict[str, Any]":
        pagers = self._sessions.loader().load_service_model(service, "paginators-1")["pagination"]
        pager: dict[str, Any] = pagers[operation]
        return pager

    def _send(
        self, service: str, operation: str, action: str, about: str, where: Where, parameters: "dict[str, object]"
    ) -> "dict[str, Any]":
        from botocore import xform_name

        client = self._sessions.client(service, where, action)
        doing(f"{action} for {about}")
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        except _UNREADABLE as error:  # botocore's parsers let these pass
            from botocore.parsers import ResponseParserError

            raise ResponseParserError(f"the answer cannot be read: {type(error).__name__}: {error}") from None
        return answer


def _tokens(names: "str | list[str]") -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _token(answer: "dict[str, Any]", path: str) -> "Any":
    """Return the value of a path such as `DistributionList.NextMarker`, None if there is none."""
    found: Any = answer
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


class AwsCheck(Check):
    """Options of a check of AWS: account, region and endpoint.

    A subclass, `class Volumes(AwsCheck)`, asks with `self.aws.ask("ec2", "DescribeVolumes", "the volumes",
    self.where())`, and declares in `actions` the IAM actions that its requests need, and in `reads` the metrics of
    CloudWatch. FakeAws refuses a request of a check that declares neither.
    """

    thread_safe = True
    shared = True
    in_account = True

    #: IAM actions that the check's requests need, such as `ec2:DescribeVolumes`.
    actions: "ClassVar[tuple[str, ...]]" = ()
    #: CloudWatch metrics that each run reads. The cost of a watch and alarms of AWS's own follow from them.
    reads: "ClassVar[tuple[CloudMetric, ...]]" = ()

    aws = uses(Aws)

    region: str = option("AWS region; by default that of the environment or profile", default="", example="eu-west-1")
    profile: str = option("Profile in AWS's files; by default AWS_PROFILE, or default", default="")
    role: str = option("ARN of a role to assume", default="", example="arn:aws:iam::111122223333:role/checks")
    external_id: str = option("External ID that the role asks for", default="")
    endpoint_url: str | None = option(
        "Endpoint of all services instead of those of AWS; AWS_ENDPOINT_URL_SQS sets it for one service",
        default=None,
        example="https://aws.internal.example.com",
    )

    def validate(self) -> None:
        if self.role and not self.role.startswith("arn:"):
            raise BadUsage(f"--role: {clean(self.role, 100)!r} is no ARN of a role")
        if self.external_id and not self.role:
            raise BadUsage("--external-id needs --role")

    def where(self) -> Where:
        """Return the account, region and endpoint of this run."""
        return Where(self.profile, self.role, self.external_id, self.region, self.endpoint_url)

    def read_metrics(self) -> tuple[CloudMetric, ...]:
        """Return the CloudWatch metrics that a run with these options reads, one for each value of a dimension.

        A pattern is one metric, since a run alone knows the number of things that it matches.
        """
        return tuple(found for metric in self.reads for found in metric.of(self))

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        """Return the IAM actions that these options need, each with the ARNs of its resources; ("*",) for all.

        An ARN may have the placeholders {partition}, {region} and {account}. A check narrows the default, all actions
        on all resources, where AWS supports a resource for the action.
        """
        return dict.fromkeys(self.actions, ("*",))

    def calls(self) -> "Mapping[str, int]":
        """Return the requests of a run for each action. By default one for each that `needs` names."""
        return dict.fromkeys(self.needs(), 1)
