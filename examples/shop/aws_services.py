"""Imitation of AWS on this machine, with the shop's load balancer, database, queues, machines and certificates.

`python3 examples/shop/aws_services.py` answers on a free port until you stop it, and prints the port's address. Checks
use it with AWS_ENDPOINT_URL=ADDRESS and any credentials. It knows the requests of the shop's watches, in AWS's JSON and
query protocols, and nothing else.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

ACCOUNT, REGION = "123456789012", "eu-west-1"
_ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
#: Value of each metric and statistic, the same in every period.
METRICS = {
    ("ApproximateAgeOfOldestMessage", "Maximum"): 24,
    ("RequestCount", "Sum"): 41_300,
    ("HTTPCode_ELB_5XX_Count", "Sum"): 12,
    ("HTTPCode_Target_5XX_Count", "Sum"): 87,
    ("TargetResponseTime", "p99"): 0.74,
    ("TargetResponseTime", "p90"): 0.21,
    ("TargetResponseTime", "Maximum"): 2.9,
    ("TargetResponseTime", "SampleCount"): 41_288,
    ("CPUUtilization", "Average"): 37.5,
    ("DatabaseConnections", "Average"): 142,
    ("FreeableMemory", "Minimum"): 5.9e9,
    ("FreeStorageSpace", "Minimum"): 412e9,
}

Parameters = Mapping[str, Any]


def _in_days(days: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


def _identity(_: Parameters) -> dict[str, Any]:
    return {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/checks/checkwright", "UserId": "AROA"}


def _session(_: Parameters) -> dict[str, Any]:
    keys = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "takes-any-key", "SessionToken": "takes-any-token"}
    return {"Credentials": {**keys, "Expiration": _in_days(0.04)}}


def _balancer(parameters: Parameters) -> dict[str, Any]:
    name = parameters.get("Names.member.1", "shop")
    arn = f"{_ELB}:loadbalancer/app/{name}/50dc6c495c0c9188"
    return {
        "LoadBalancers": [
            {"LoadBalancerArn": arn, "LoadBalancerName": name, "Type": "application", "State": {"Code": "active"}}
        ]
    }


def _target_groups(_: Parameters) -> dict[str, Any]:
    names = ("shop-web", "shop-api")
    return {
        "TargetGroups": [{"TargetGroupName": name, "TargetGroupArn": f"{_ELB}:targetgroup/{name}/1"} for name in names]
    }


def _targets(parameters: Parameters) -> dict[str, Any]:
    healthy = {"TargetHealth": {"State": "healthy"}}
    late = {"TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout"}}
    found = [{"Target": {"Id": f"i-{number:017x}"}, **healthy} for number in range(3)]
    if "shop-api" in parameters["TargetGroupArn"]:
        found += [{"Target": {"Id": "i-00000000000000003"}, **late}]
    return {"TargetHealthDescriptions": found}


def _databases(parameters: Parameters) -> dict[str, Any]:
    name = parameters.get("DBInstanceIdentifier", "shop")
    return {
        "DBInstances": [
            {
                "DBInstanceIdentifier": name,
                "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}",
                "DBInstanceClass": "db.m7g.large",
                "DBInstanceStatus": "available",
                "Engine": "postgres",
                "StorageType": "gp3",
                "AllocatedStorage": 500,
                "MaxAllocatedStorage": 1000,
                "BackupRetentionPeriod": 14,
                "LatestRestorableTime": _in_days(-0.002),
                "CertificateDetails": {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": _in_days(900)},
            }
        ]
    }


def _machines(parameters: Parameters) -> dict[str, Any]:
    name = parameters.get("AutoScalingGroupNames.member.1", "shop-web")
    machine = {"LifecycleState": "InService", "HealthStatus": "Healthy", "AvailabilityZone": f"{REGION}a"}
    machines = [{"InstanceId": f"i-{number:017x}", "ProtectedFromScaleIn": False, **machine} for number in range(3)]
    sizes = {"MinSize": 2, "MaxSize": 8, "DesiredCapacity": 3}
    return {"AutoScalingGroups": [{"AutoScalingGroupName": name, **sizes, "Instances": machines}]}


def _certificates(_: Parameters) -> dict[str, Any]:
    found = (("shop.example.com", 212), ("api.shop.example.com", 24))
    return {
        "CertificateSummaryList": [
            {
                "CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{number}",
                "DomainName": domain,
                "Status": "ISSUED",
                "Type": "AMAZON_ISSUED",
                "InUse": True,
                "RenewalEligibility": "ELIGIBLE",
                "NotAfter": _in_days(days),
            }
            for number, (domain, days) in enumerate(found)
        ]
    }


def _certificate(parameters: Parameters) -> dict[str, Any]:
    renewal = {"RenewalStatus": "PENDING_VALIDATION", "RenewalStatusReason": "ADDITIONAL_VERIFICATION_REQUIRED"}
    return {"Certificate": {"CertificateArn": parameters["CertificateArn"], "RenewalSummary": renewal}}


def _queue_url(parameters: Parameters) -> dict[str, Any]:
    return {"QueueUrl": f"http://127.0.0.1/{ACCOUNT}/{parameters['QueueName']}"}


def _queue(parameters: Parameters) -> dict[str, Any]:
    name = str(parameters["QueueUrl"]).rpartition("/")[2]
    dead = name.endswith("-dead")
    counts = {"": 0 if dead else 31, "NotVisible": 0 if dead else 4, "Delayed": 0}
    found = {f"ApproximateNumberOfMessages{end}": str(count) for end, count in counts.items()}
    found["MessageRetentionPeriod"] = "345600"
    if not dead:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-dead"
        found["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    return {"Attributes": found}


def _metrics(parameters: Parameters) -> dict[str, Any]:
    results = []
    for query in parameters["MetricDataQueries"]:
        stat = query["MetricStat"]
        period = int(stat["Period"])
        newest = int(time.time()) // period * period - 2 * period
        value = METRICS.get((stat["Metric"]["MetricName"], stat["Stat"]))
        times = [datetime.fromtimestamp(newest - n * period, UTC) for n in range(2)] if value is not None else []
        values = [value] * len(times)
        results.append({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": times, "Values": values})
    return {"MetricDataResults": results}


#: Answers by the signing name of the service, and the operation.
ANSWERS: Mapping[tuple[str, str], Callable[[Parameters], dict[str, Any]]] = {
    ("acm", "DescribeCertificate"): _certificate,
    ("acm", "ListCertificates"): _certificates,
    ("autoscaling", "DescribeAutoScalingGroups"): _machines,
    ("elasticloadbalancing", "DescribeLoadBalancers"): _balancer,
    ("elasticloadbalancing", "DescribeTargetGroups"): _target_groups,
    ("elasticloadbalancing", "DescribeTargetHealth"): _targets,
    ("monitoring", "GetMetricData"): _metrics,
    ("rds", "DescribeDBInstances"): _databases,
    ("rds", "DescribePendingMaintenanceActions"): lambda _: {"PendingMaintenanceActions": []},
    ("sqs", "GetQueueAttributes"): _queue,
    ("sqs", "GetQueueUrl"): _queue_url,
    ("sts", "AssumeRole"): _session,
    ("sts", "GetCallerIdentity"): _identity,
}


class AwsServices(BaseHTTPRequestHandler):
    """Server that answers in the protocol of each request: JSON, or query and XML."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        service, target = scope[1] if scope else "", self.headers.get("X-Amz-Target", "")
        if target:
            operation, parameters = target.rpartition(".")[2], json.loads(body or "{}")
        else:
            fields = {name: values[0] for name, values in parse_qs(body or urlsplit(self.path).query).items()}
            operation, parameters = fields.get("Action", ""), _with_queries(fields)
        answer = ANSWERS.get((service, operation))
        if answer is None:
            self._send(400, *_refusal(bool(target), f"aws_services.py has no {service}:{operation}"))
        elif target:
            self._send(200, "application/x-amz-json-1.1", json.dumps(answer(parameters), default=_epoch))
        else:
            content = f"<{operation}Response><{operation}Result>{_xml(answer(parameters))}</{operation}Result>"
            self._send(200, "text/xml", f"{content}<ResponseMetadata/></{operation}Response>")

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def _with_queries(fields: dict[str, str]) -> dict[str, Any]:
    """Return the parameters of a query request, with metric queries as the JSON protocol has them."""
    queries: list[dict[str, Any]] = []
    while (prefix := f"MetricDataQueries.member.{len(queries) + 1}.") + "Id" in fields:
        stat = {name: fields[f"{prefix}MetricStat.{name}"] for name in ("Period", "Stat")}
        metric = {"MetricName": fields[f"{prefix}MetricStat.Metric.MetricName"]}
        queries.append({"Id": fields[f"{prefix}Id"], "MetricStat": {**stat, "Metric": metric}})
    return {**fields, "MetricDataQueries": queries}


def _refusal(is_json: bool, message: str) -> tuple[str, str]:
    if is_json:
        return "application/x-amz-json-1.1", json.dumps({"__type": "InvalidAction", "message": message})
    error = f"<Error><Code>InvalidAction</Code><Message>{escape(message)}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}</ErrorResponse>"


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def _xml(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(one)}</{name}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(one)}</member>" for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else escape(str(value))


def main() -> None:
    """Serve until stopped."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), AwsServices)
    print(f"an imitation of AWS answers on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
