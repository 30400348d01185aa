"""Amazon Web Services, through boto3. Each refusal is one sentence."""

import _thread
import os
import time

from checks.aws._cloudwatch import Endpoint, MetricQuery, MetricReader
from checkwright.core.current import current
from checkwright.core.errors import CheckError
from checkwright.core.text import clean
from checkwright.net.tls_context import file_version
from checkwright.sources import BadUsage, CannotTell, Down, Source, doing, remaining
from checkwright.sources.numbers import natural

#: Packages of others that this family needs.
REQUIRES = ("boto3", "botocore")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

#: Timeouts in seconds for one request. A client's timeout is fixed when it is made, so there are a few steps: clients
#: can then be kept from run to run, and no request outlives its run.
_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: Seconds before the second attempt, doubled with each further one, up to the longest pause.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
#: Seconds for an answer after a pause: with less time left there is no further attempt.
_LAST_CHANCE = 0.5
#: CloudWatch has a datapoint of an active queue every minute, some minutes late.
_LOOK_BACK = 900

_THROTTLED = frozenset(
    [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "SlowDown",
    ]
)
_REFUSED = frozenset(
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized"]
)
#: Reasons why AWS rejects credentials. Its own message is not shown: it may repeat the headers of the request.
_BAD_CREDENTIALS = {
    "InvalidClientTokenId": "it does not know the access key",
    "UnrecognizedClientException": "it does not know the access key",
    "InvalidAccessKeyId": "it does not know the access key",
    "AuthFailure": "it does not know the access key",
    "MissingAuthenticationToken": "the request is not signed",
    "IncompleteSignature": "the access key is not complete",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "InvalidSignatureException": "the secret key does not belong to the access key",
    "ExpiredToken": "they have expired",
    "ExpiredTokenException": "they have expired",
    "RequestExpired": "the request came too late: is the clock of this machine right?",
}
#: Files with credentials and settings for boto3: the variable that names each, and its default path.
_FILES = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
#: Seconds that the first query to CloudWatch waits for others, where runs share a source.
_WINDOW = 0.03
#: Errors of botocore's parsers for an answer that is none of AWS.
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
_NO_SUCH_QUEUE = frozenset(["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])


class Aws(Source):
    """AWS with the credentials that boto3 finds: environment, profile, or the machine's role.

    Missing credentials, missing permissions and an endpoint that does not answer are CannotTell. Throttled requests are
    repeated within the run's time. Clients are kept per service, region and endpoint, as long as boto3's files do not
    change and there are credentials. window: see MetricReader; runs that share an instance then send queries together.
    """

    shared = True

    @classmethod
    def open_shared(cls) -> "Self":
        return cls(_WINDOW)

    def __init__(self, window: float = 0.0) -> None:
        self._metrics = MetricReader(self._metric_data, window)
        self._files: tuple[object, ...] = ()
        self._lock = _thread.allocate_lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str, str | None, float], Any] = {}

    def queue(self, name: str, region: str, endpoint_url: str | None = None) -> "Queue":
        """Return the SQS queue of this name. Raises Down when there is none."""
        about = f"the queue {clean(name, 100)} in {clean(region, 50)}"
        answer = self.call("sqs", "GetQueueUrl", about, region, endpoint_url, QueueName=name)
        url = answer.get("QueueUrl")
        if not isinstance(url, str):
            raise CannotTell(f"the answer to sqs:GetQueueUrl for {about} has no QueueUrl: is this the address of SQS?")
        return Queue(self, name, url, about, region, endpoint_url)

    def call(
        self, service: str, operation: str, about: str, region: str, endpoint_url: str | None, **parameters: object
    ) -> "dict[str, Any]":
        """Send one request and return the answer as boto3 does. Repeats it while AWS is busy and time remains.

        operation: AWS's name, such as `GetQueueUrl`. about: the thing concerned, for errors. Raises Down, CannotTell.
        """
        action = f"{service}:{operation}"
        pause = _FIRST_PAUSE
        while True:
            doing(f"{action} for {about}")
            try:
                return self._send(service, operation, region, endpoint_url, parameters)
            except Exception as error:
                problem, passes = _translate(error, action, about)
                if problem is None:
                    raise
                if not passes or remaining() < pause + _LAST_CHANCE:
                    raise problem from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def latest(self, query: MetricQuery, about: str, region: str, endpoint_url: str | None) -> float | None:
        """Return the latest datapoint of a CloudWatch metric; None where there is none. Raises as `call` does."""
        return self._metrics.latest(query, about, (region, endpoint_url))

    def _metric_data(self, about: str, endpoint: Endpoint, **parameters: "Any") -> "dict[str, Any]":
        return self.call("cloudwatch", "GetMetricData", about, *endpoint, **parameters)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _send(
        self, service: str, operation: str, region: str, endpoint_url: str | None, parameters: "dict[str, object]"
    ) -> "dict[str, Any]":
        from botocore import xform_name

        seconds = _longest_step()
        with self._lock:  # making sessions and clients is not thread-safe; using clients is
            client = self._client(service, region, endpoint_url, seconds)
            while _longest_step() < seconds:  # making it took so long that its timeout no longer fits
                seconds = _longest_step()
                client = self._client(service, region, endpoint_url, seconds)
            credentials = self._session.get_credentials()
            if credentials is None:  # a client without credentials would stay without them
                self._session = None
        if credentials is not None:
            frozen = credentials.get_frozen_credentials()
            current().secrets.update(secret for secret in (frozen.secret_key, frozen.token) if secret)
        try:
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        except _UNREADABLE as error:  # botocore's parsers let these pass
            from botocore.parsers import ResponseParserError

            raise ResponseParserError(f"the answer cannot be read: {type(error).__name__}: {error}") from None
        return answer

    def _client(self, service: str, region: str, endpoint_url: str | None, seconds: float) -> "Any":
        key = (service, region, endpoint_url, seconds)
        files = tuple(file_version(os.path.expanduser(os.environ.get(name) or default)) for name, default in _FILES)
        if self._session is None or files != self._files:
            self._session = None
            self._clients = {}  # a run that uses an old client goes on with it
            self._files = files
        if key not in self._clients:
            import boto3
            from botocore.config import Config

            if self._session is None:
                self._session = boto3.session.Session()
            config = Config(
                connect_timeout=seconds / 4,
                read_timeout=seconds * 3 / 4,
                retries={"mode": "standard", "total_max_attempts": 1},
            )
            self._clients[key] = self._session.client(
                service, region_name=region, endpoint_url=endpoint_url, config=config
            )
        return self._clients[key]


def _longest_step() -> float:
    """Return the longest timeout that this run has time for."""
    left = remaining()
    return max((step for step in _STEPS if step <= left), default=_STEPS[0])


class Queue:
    """One SQS queue: its counts from SQS, fetched once; the age of its oldest message from CloudWatch."""

    def __init__(self, aws: Aws, name: str, url: str, about: str, region: str, endpoint_url: str | None) -> None:
        self._aws = aws
        self._name = name
        self._url = url
        self._about = about
        self._endpoint = (region, endpoint_url)
        self._counts: dict[str, Any] | None = None

    def depth(self) -> int:
        """Return the number of messages that wait to be received."""
        return self._count("ApproximateNumberOfMessages")

    def in_flight(self) -> int:
        """Return the number of messages that were received, and neither deleted nor returned to the queue yet."""
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def delayed(self) -> int:
        """Return the number of messages that cannot be received before their delay has passed."""
        return self._count("ApproximateNumberOfMessagesDelayed")

    def oldest_seconds(self) -> float | None:
        """Return the age of the oldest waiting message; None without a datapoint, as for an idle queue."""
        age = MetricQuery("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": self._name}, look_back=_LOOK_BACK)
        return self._aws.latest(age, self._about, *self._endpoint)

    def _count(self, attribute: str) -> int:
        if self._counts is None:
            answer = self._aws.call(
                "sqs",
                "GetQueueAttributes",
                self._about,
                *self._endpoint,
                QueueUrl=self._url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                    "ApproximateNumberOfMessagesDelayed",
                ],
            )
            self._counts = answer.get("Attributes", {})
        count = natural(str(self._counts.get(attribute, "")))
        if count is None:
            raise CannotTell(f"the answer to sqs:GetQueueAttributes for {self._about} has no {attribute}")
        return count


def _translate(error: Exception, action: str, about: str) -> tuple[CheckError | None, bool]:
    """Return the CheckError for an error of boto3, and True where a retry may help; None for any other error."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        return _refusal(error, action, about)
    if isinstance(error, boto.NoCredentialsError):
        hint = "give this machine a role, or the user that runs the check a profile (AWS_PROFILE, ~/.aws)"
        return CannotTell(f"no AWS credentials for {action}: {hint}"), False
    if isinstance(error, boto.PartialCredentialsError):
        return CannotTell(f"the AWS credentials for {action} are not complete: {error}"), False
    if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError | boto.ProxyConnectionError):
        hint = "is the region right, and does this machine have a route to it?"
        return CannotTell(f"cannot reach AWS for {action} on {about}: {clean(error, 200)} ({hint})"), False
    if isinstance(error, boto.ReadTimeoutError):
        return CannotTell(f"AWS did not answer {action} on {about} in time"), False
    if isinstance(error, boto.ConnectionClosedError):
        return CannotTell(f"AWS closed the connection without an answer to {action} on {about}"), True
    if isinstance(error, boto.InvalidRegionError):
        return BadUsage(f"{clean(error, 200)}: write a region such as eu-west-1"), False
    if isinstance(error, boto.ParamValidationError):
        return BadUsage(f"cannot request {about}: {clean(error, 300)}"), False
    if isinstance(error, boto.BotoCoreError | ResponseParserError):
        return CannotTell(f"cannot call {action} on {about}: {clean(error, 300)}"), False
    if isinstance(error, ValueError) and "endpoint" in str(error):
        return BadUsage(f"{clean(error, 200)}: write an address such as https://sqs.eu-west-1.amazonaws.com"), False
    return None, False


def _refusal(error: "Any", action: str, about: str) -> tuple[CheckError, bool]:
    """Return the CheckError for an error that AWS answered, and True where a retry may help."""
    details = error.response.get("Error", {})
    code, message = clean(details.get("Code", ""), 100), clean(details.get("Message", ""), 300)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _NO_SUCH_QUEUE:
        return Down(f"{about} does not exist, or these credentials may not know of it"), False
    if code in _REFUSED:
        return CannotTell(f"AWS refused {action} on {about}: {message or code}"), False
    if code in _BAD_CREDENTIALS:
        return CannotTell(f"AWS refused the credentials for {action}: {_BAD_CREDENTIALS[code]} ({code})"), False
    if code in _THROTTLED or status == 429:
        return CannotTell(f"AWS was too busy for {action} on {about} until time was up ({code})"), True
    return CannotTell(f"AWS answered {action} on {about} with {code}: {message}"), status >= 500
