"""Amazon Web Services, through boto3: what AWS says of a thing, and its refusals in words."""

import _thread
import os
import time

from checks.aws._cloudwatch import Metrics, Question, Where
from checkwright.core.current import current, doing, remaining
from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.net.tls_context import stamp

#: Modules of other packages that this family imports.
REQUIRES = ("boto3", "botocore")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

#: Limits in seconds for one request. A client's limit is fixed when it is made, so they come in steps: then clients
#: can be kept from run to run, and no request outlives the run that sends it.
_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: Seconds before the first further attempt, doubled with each, and the longest such pause.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
#: Seconds that an answer may take after a pause: with less than this left there is no further attempt.
_LAST_CHANCE = 0.5
#: CloudWatch has a datapoint of an active queue each minute, some minutes late.
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
#: What is wrong with the credentials. AWS's own message is not shown: it may repeat the headers of the request.
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
    "RequestExpired": "the request came too late, is this machine's clock right?",
}
#: Files that boto3 reads credentials and settings from: the variable that names each, and its usual place.
_FILES = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
#: Seconds that the first question to CloudWatch waits for others that come at the same time, where runs share a source.
_WINDOW = 0.03
_NO_SUCH_QUEUE = frozenset(["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])


class Aws(Source):
    """Asks AWS with the credentials that boto3 finds: environment, profile, or the machine's role.

    No credentials and no permission are CannotTell, as is an endpoint that does not answer. Throttling is waited out
    within the run's time. Clients are kept, one for each service, region and endpoint, for as long as boto3's files
    stay the same and there are credentials. window: see Metrics; runs that share one instance then ask together.
    """

    shared = True

    @classmethod
    def open_shared(cls) -> "Self":
        return cls(_WINDOW)

    def __init__(self, window: float = 0.0) -> None:
        self._metrics = Metrics(self._metric_data, window)
        self._files: tuple[object, ...] = ()
        self._lock = _thread.allocate_lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str, str | None, float], Any] = {}

    def queue(self, name: str, region: str, endpoint_url: str | None = None) -> "Queue":
        """The SQS queue of this name. Raises Down when there is none."""
        about = f"the queue {clean(name, 100)} in {clean(region, 50)}"
        answer = self.ask("sqs", "GetQueueUrl", about, region, endpoint_url, QueueName=name)
        url = answer.get("QueueUrl")
        if not isinstance(url, str):
            raise CannotTell(f"the answer to sqs:GetQueueUrl for {about} has no QueueUrl: is this the address of SQS?")
        return Queue(self, name, url, about, region, endpoint_url)

    def ask(
        self, service: str, operation: str, about: str, region: str, endpoint_url: str | None, **parameters: object
    ) -> "dict[str, Any]":
        """One request, repeated while AWS is busy and time remains. `operation` is AWS's name for it, `GetQueueUrl`.

        Returns the answer as boto3 does. Raises Down or CannotTell with one sentence that names `about`.
        """
        action = f"{service}:{operation}"
        pause = _FIRST_PAUSE
        while True:
            doing(f"{action} for {about}")
            try:
                return self._send(service, operation, region, endpoint_url, parameters)
            except Exception as error:
                trouble, passes = _in_words(error, action, about)
                if trouble is None:
                    raise
                if not passes or remaining() < pause + _LAST_CHANCE:
                    raise trouble from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def newest(self, question: Question, about: str, region: str, endpoint_url: str | None) -> float | None:
        """The newest datapoint of a metric of CloudWatch; None where there is none. Raises as `ask` does."""
        return self._metrics.newest(question, about, (region, endpoint_url))

    def _metric_data(self, about: str, where: Where, **parameters: "Any") -> "dict[str, Any]":
        return self.ask("cloudwatch", "GetMetricData", about, *where, **parameters)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _send(
        self, service: str, operation: str, region: str, endpoint_url: str | None, parameters: "dict[str, object]"
    ) -> "dict[str, Any]":
        from botocore import xform_name

        seconds = max((step for step in _STEPS if step <= remaining()), default=_STEPS[0])
        with self._lock:  # making sessions and clients is not thread-safe; using clients is
            client = self._client(service, region, endpoint_url, seconds)
            credentials = self._session.get_credentials()
            if credentials is None:  # a client without them would stay so when there are some
                self._session = None
        if credentials is not None:
            held = credentials.get_frozen_credentials()
            current().secrets.update(secret for secret in (held.secret_key, held.token) if secret)
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return answer

    def _client(self, service: str, region: str, endpoint_url: str | None, seconds: float) -> "Any":
        key = (service, region, endpoint_url, seconds)
        files = tuple(stamp(os.path.expanduser(os.environ.get(name) or usual)) for name, usual in _FILES)
        if self._session is None or files != self._files:
            self._session = None
            self._clients = {}  # whoever uses one of the old goes on with it
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


class Queue:
    """One SQS queue: its counts from SQS, asked for once; the age of its oldest message from CloudWatch."""

    def __init__(self, aws: Aws, name: str, url: str, about: str, region: str, endpoint_url: str | None) -> None:
        self._aws = aws
        self._name = name
        self._url = url
        self._about = about
        self._where = (region, endpoint_url)
        self._counts: dict[str, Any] | None = None

    def depth(self) -> int:
        """Messages that wait to be received."""
        return self._count("ApproximateNumberOfMessages")

    def in_flight(self) -> int:
        """Messages that were received and neither deleted nor given back yet."""
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def oldest_seconds(self) -> float | None:
        """Age of the oldest message that waits; None where CloudWatch has no datapoint, as for an idle queue."""
        age = Question("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": self._name}, look_back=_LOOK_BACK)
        return self._aws.newest(age, self._about, *self._where)

    def _count(self, attribute: str) -> int:
        if self._counts is None:
            answer = self._aws.ask(
                "sqs",
                "GetQueueAttributes",
                self._about,
                *self._where,
                QueueUrl=self._url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )
            self._counts = answer.get("Attributes", {})
        text = str(self._counts.get(attribute, ""))
        if not text.isdecimal():
            raise CannotTell(f"the answer to sqs:GetQueueAttributes for {self._about} has no {attribute}")
        return int(text)


def _in_words(error: Exception, action: str, about: str) -> tuple[CheckError | None, bool]:
    """The sentence for what boto3 raised, and whether it may pass by itself; None for an error that is not boto3's."""
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        return _answered(error, action, about)
    if isinstance(error, boto.NoCredentialsError):
        hint = "give this machine a role, or the user that runs the check a profile (AWS_PROFILE, ~/.aws)"
        return CannotTell(f"no AWS credentials for {action}: {hint}"), False
    if isinstance(error, boto.PartialCredentialsError):
        return CannotTell(f"the AWS credentials for {action} are not complete: {error}"), False
    if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError | boto.ProxyConnectionError):
        hint = "is the region right, and does this machine get there?"
        return CannotTell(f"cannot reach AWS for {action} on {about}: {clean(error, 200)} ({hint})"), False
    if isinstance(error, boto.ReadTimeoutError):
        return CannotTell(f"AWS did not answer {action} on {about} in time"), False
    if isinstance(error, boto.ConnectionClosedError):
        return CannotTell(f"AWS closed the connection without an answer to {action} on {about}"), True
    if isinstance(error, boto.InvalidRegionError):
        return BadUsage(f"{clean(error, 200)}: write a region such as eu-west-1"), False
    if isinstance(error, boto.ParamValidationError):
        return BadUsage(f"cannot ask for {about}: {clean(error, 300)}"), False
    if isinstance(error, boto.BotoCoreError | ResponseParserError):
        return CannotTell(f"cannot ask AWS for {action} on {about}: {clean(error, 300)}"), False
    if isinstance(error, ValueError) and "endpoint" in str(error):
        return BadUsage(f"{clean(error, 200)}: write an address such as https://sqs.eu-west-1.amazonaws.com"), False
    return None, False


def _answered(error: "Any", action: str, about: str) -> tuple[CheckError, bool]:
    """What AWS itself answered instead of a result."""
    said = error.response.get("Error", {})
    code, message = clean(said.get("Code", ""), 100), clean(said.get("Message", ""), 300)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _NO_SUCH_QUEUE:
        return Down(f"{about} does not exist, or these credentials may not know of it"), False
    if code in _REFUSED:
        return CannotTell(f"AWS refused {action} on {about}: {message or code}"), False
    if code in _BAD_CREDENTIALS:
        return CannotTell(f"AWS refused the credentials for {action}: {_BAD_CREDENTIALS[code]} ({code})"), False
    if code in _THROTTLED or status == 429:
        return CannotTell(f"AWS was too busy for {action} on {about} until time was up ({code})"), True
    told = f"AWS answered {action} on {about} with {code}: {message}"
    return CannotTell(told), status >= 500
