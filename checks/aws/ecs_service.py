"""ECS services."""

import math

from checks.aws._selection import arns, parts, seconds_since, selected
from checks.aws.source import AwsCheck
from checkwright import BadUsage, CannotTell, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Services that one request describes.
_MOST = 10
_WILD = "*?["


class EcsService(AwsCheck):
    """Running tasks of an ECS service, and the state of its deployments.

    `running` is the number of running tasks in percent of the desired count. During a deployment the limit is what the
    service guarantees then, its minimumHealthyPercent, and more tasks than desired are normal. A service with a desired
    count of 0 has 0 % and is CRITICAL, unless `--zero-ok` is given.

    `rollout` is FAILED if a deployment failed, with the reason of ECS. `failed_tasks` counts tasks of the current
    deployment that did not start or failed their health checks; ECS resets it when a task runs. A task that starts and
    then exits does not count there, but lowers `running`. `rollout_age` is the duration of a deployment in progress. 30
    minutes are a WARNING, because ECS retries forever without a circuit breaker. Services with another deployment
    controller, such as CodeDeploy, have no rollout.

    `--service` selects services by name or by a pattern such as 'shop-*'; the default is all services of the cluster. A
    cluster or service that does not exist or was deleted is CRITICAL, and so is a cluster without services.

    Permissions: ecs:DescribeServices, and ecs:ListServices for patterns and whole clusters. Both are free, and the data
    is current.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("ecs:DescribeServices", "ecs:ListServices")

    cluster: str = option("Cluster", default="default", example="shop")
    service: tuple[str, ...] = option(
        "Service, or a pattern such as shop-*", flags="-s --service", default=(), example="web"
    )
    zero_ok: bool = option("Accept a service that desires no tasks", default=False)

    running = gauge("Running tasks", "%", warn="100:", crit="50:")
    rollout = verdict("Deployment of", ok=["COMPLETED", "IN_PROGRESS"], crit=["FAILED"])
    failed_tasks = gauge("Failed tasks", warn=0, crit=5, min=0, missing="ok")
    rollout_age = gauge("Deployment in progress for", "s", warn=1800, missing="ok")
    tasks = gauge("Tasks", min=0)

    def validate(self) -> None:
        super().validate()
        if not self.cluster or "" in self.service:
            raise BadUsage("--cluster and --service need a name")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:ecs:{region}:{account}:service/" + self.cluster + "/"
        needed = {"ecs:DescribeServices": arns(prefix, self.service or ("*",))}
        listed = not self.service or any(set(_WILD) & set(name) for name in self.service)
        return needed | {"ecs:ListServices": ("*",)} if listed else needed

    def probe(self) -> Metrics:
        exact = [name for name in self.service if not set(_WILD) & set(name)]
        names = list(exact)
        if not self.service or len(exact) < len(self.service):
            names += [name for name in self._listed() if selected(name, self.service) and name not in exact]
        if not names:
            which = f" {' or '.join(self.service)}" if self.service else ""
            raise Down(f"there is no service{which} in {self._place()}")
        found, failures = self._described(names)

        def read(name: str) -> "Mapping[str, Any]":
            if name not in found:
                reason = failures.get(name, "MISSING")
                if reason != "MISSING":
                    raise CannotTell(f"ECS has no answer about the service {name} in {self._place()}: {reason}")
                raise Down(f"the service {name} in {self._place()} does not exist")
            if found[name].get("status") == "INACTIVE":
                raise Down(f"the service {name} in {self._place()} was deleted")
            return found[name]

        for name, service in self.each(sorted(names), read):
            yield from self._service(name, service)

    def _service(self, name: str, service: "Mapping[str, Any]") -> Metrics:
        deployments: list[Mapping[str, Any]] = list(service.get("deployments", ()))
        primary = next((one for one in deployments if one.get("status") == "PRIMARY"), {})
        states = [one for one in deployments if one.get("rolloutState")]
        in_progress = primary.get("rolloutState") == "IN_PROGRESS"
        share, hint = self._share(service, in_progress)
        yield self.running(share, of=name, hint=hint)
        if states:
            failed = next((one for one in states if one["rolloutState"] == "FAILED"), None)
            decisive = failed or (primary if primary.get("rolloutState") else states[0])
            word = str(decisive["rolloutState"])
            reason = str(decisive.get("rolloutStateReason", "")) if word != "COMPLETED" else ""
            yield self.rollout(word, of=name, hint=reason)
        counts = [int(one["failedTasks"]) for one in deployments if "failedTasks" in one]
        yield self.failed_tasks(sum(counts) if counts else None, of=name)
        yield self.rollout_age(seconds_since(primary.get("createdAt")) if in_progress else None, of=name)
        yield self.tasks(int(service.get("runningCount", 0)), of=name)

    def _share(self, service: "Mapping[str, Any]", in_progress: bool) -> tuple[float, str]:
        """Return the percentage of the tasks that should run and do, and words about it."""
        desired, running = int(service.get("desiredCount", 0)), int(service.get("runningCount", 0))
        if not desired:
            return (100 if self.zero_ok else 0), "no tasks are desired"
        words = [f"{running} of {desired}"]
        if pending := int(service.get("pendingCount", 0)):
            words.append(f"{pending} starting")
        needed = desired
        if in_progress and running < desired:
            least = service.get("deploymentConfiguration", {}).get("minimumHealthyPercent", 100)
            needed = math.ceil(desired * least / 100)
            words.append(f"{needed} kept in a deployment")
        return (min(100, 100 * running / needed) if needed else 100), ", ".join(words)

    def _place(self) -> str:
        return f"the cluster {self.cluster}{self.where().suffix()}"

    def _listed(self) -> list[str]:
        pages = self.aws.pages(
            "ecs",
            "ListServices",
            self._place(),
            self.where(),
            gone=("ClusterNotFoundException",),
            cluster=self.cluster,
            maxResults=100,
        )
        return [str(arn).rpartition("/")[2] for page in pages for arn in page.get("serviceArns", ())]

    def _described(self, names: list[str]) -> "tuple[dict[str, Mapping[str, Any]], dict[str, str]]":
        """Return services by name, and the reasons of failure for others."""
        found: dict[str, Mapping[str, Any]] = {}
        failures: dict[str, str] = {}
        for part in parts(names, _MOST):
            answer = self.aws.ask(
                "ecs",
                "DescribeServices",
                self._place(),
                self.where(),
                gone=("ClusterNotFoundException",),
                cluster=self.cluster,
                services=part,
            )
            found.update({str(one["serviceName"]): one for one in answer.get("services", ())})
            for failure in answer.get("failures", ()):
                failures[str(failure.get("arn", "")).rpartition("/")[2]] = str(failure.get("reason", ""))
        return found, failures
