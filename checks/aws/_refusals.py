"""Errors of botocore and answers that refuse, each as one sentence."""

from checkwright.core.text import clean
from checkwright.sources import BadUsage, CannotTell, Down

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkwright.core.errors import CheckError

#: Codes after which botocore repeats a request, and those of services that it does not know of.
_THROTTLED = frozenset(
    [
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    ]
)
_REFUSED = frozenset(
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
        "UnauthorizedOperation",
    ]
)
#: Reasons why AWS rejects credentials. Its own message is not shown: it may repeat the headers of the request.
_BAD_CREDENTIALS = {
    "InvalidClientTokenId": "it does not know the access key, or the region is not switched on for the account",
    "UnrecognizedClientException": "it does not know the access key, or the region is not switched on for the account",
    "InvalidAccessKeyId": "it does not know the access key",
    "AuthFailure": "it does not know the access key, or the region is not switched on for the account",
    "OptInRequired": "the region or service is not switched on for the account",
    "MissingAuthenticationToken": "the request is not signed",
    "IncompleteSignature": "the access key is not complete",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "InvalidSignatureException": "the secret key does not belong to the access key",
    "ExpiredToken": "they have expired",
    "ExpiredTokenException": "they have expired",
    "RequestExpired": "the request came too late: is the clock of this machine right?",
}
#: Codes that mean that a thing does not exist, where the caller names none.
_MISSING = frozenset(["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
#: Prefixes of IAM actions that are not the name of the client.
PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "sesv2": "ses",
    "stepfunctions": "states",
    "opensearch": "es",
    "service-quotas": "servicequotas",
    "resourcegroupstaggingapi": "tag",
}
#: Actions that are not named like the operation.
ACTIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "apigateway:GetRestApis": "apigateway:GET",
}


def action_name(service: str, operation: str) -> str:
    """Return the IAM action that an operation of a client needs: `elasticloadbalancing:DescribeTargetHealth`."""
    action = f"{PREFIXES.get(service, service)}:{operation}"
    return ACTIONS.get(action, action)


def translate(
    error: Exception, action: str, about: str, gone: "frozenset[str]" = _MISSING
) -> "tuple[CheckError | None, bool]":
    """Return the CheckError for an error of botocore, and True if a retry may help; None for any other error.

    gone: codes that mean that `about` does not exist, which is Down.
    """
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        return _refusal(error, action, about, gone)
    if isinstance(error, boto.NoCredentialsError):
        hint = "give this machine a role, or the user that runs the check a profile (AWS_PROFILE, ~/.aws)"
        return CannotTell(f"no AWS credentials for {action}: {hint}"), False
    if isinstance(error, boto.PartialCredentialsError):
        return CannotTell(f"the AWS credentials for {action} are not complete: {error}"), False
    if isinstance(error, boto.ProfileNotFound):
        return BadUsage(f"{clean(error, 200)}: name one of ~/.aws/config, or give none"), False
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


def _refusal(error: "Any", action: str, about: str, gone: "frozenset[str]") -> "tuple[CheckError, bool]":
    """Return the CheckError for an error that AWS answered, and True if a retry may help."""
    details = error.response.get("Error", {})
    code, message = clean(details.get("Code", ""), 100), clean(details.get("Message", ""), 300)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error.operation_name == "AssumeRole" and not action.startswith("sts:"):
        action, about = "sts:AssumeRole", f"the role of this check, before {action}"
    if code in gone:
        return Down(f"{about} does not exist, or these credentials may not know of it"), False
    if code in _REFUSED:
        return CannotTell(f"AWS refused {action} on {about}: {message or code}"), False
    if code in _BAD_CREDENTIALS:
        return CannotTell(f"AWS refused the credentials for {action}: {_BAD_CREDENTIALS[code]} ({code})"), False
    if code == "SubscriptionRequiredException":
        return CannotTell(f"AWS refused {action} on {about}: the account needs Business support ({code})"), False
    if code in _THROTTLED or status == 429:
        return CannotTell(f"AWS was too busy for {action} on {about} until time was up ({code})"), True
    return CannotTell(f"AWS answered {action} on {about} with {code}: {message}"), status >= 500
