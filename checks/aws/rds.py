"""Databases of RDS, Aurora and DocumentDB."""

import time

from checks.aws._selection import arns, seconds_since, selected
from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

_GIB = 1024**3
_WILD = "*?["
_ARN = "arn:{partition}:rds:{region}:{account}:"
_DAY = 86_400
#: CPU is an average of 5 minutes, so that one busy minute is no alert; credits have one datapoint in 5 minutes.
_SLOW = ("CPUUtilization", "CPUCreditBalance", "BurstBalance")


def _declared(metric: str, *stats: str, gauge: str = "", scale: float = 1.0, only: str = "") -> CloudMetric:
    return CloudMetric(
        "AWS/RDS",
        metric,
        {"DBInstanceIdentifier": "{instance}"},
        *stats,
        period=300 if metric in _SLOW else 60,
        gauges={stats[0]: gauge} if gauge else {},
        scale=scale,
        only=only,
    )


class Rds(AwsCheck):
    """State, storage, load, replication, backups and pending maintenance of RDS databases.

    `--instance` selects databases by name or by a pattern such as 'shop-*'. `--cluster` selects the members of an
    Aurora, DocumentDB or RDS cluster, and the state of the cluster. A name that does not exist is CRITICAL.

    `space` is the free percentage of the storage; with storage autoscaling it is the free percentage of the maximum.
    Aurora's storage grows without a limit, so Aurora has `local` instead, the space for temporary files of each member.
    `lag` is the replication delay of a replica. A negative value means that replication is broken. An idle PostgreSQL
    reports up to 5 minutes, so the WARNING begins at 6. `burst` is the burst balance of gp2 storage below 1000 GiB.
    `restorable` is the age of the latest restorable time; it has no value without automated backups. `ca_days` is the
    time until the server certificate expires, `maintenance_days` the time until AWS applies a pending action by itself.

    State, backups and certificate come from RDS and are current. The other values come from CloudWatch and are one to
    three minutes old.

    Defaults: queries queue above 80 to 95 % of CPU. `connections` is a percentage if you give `--max-connections`,
    which AWS does not report: read it in the database. Without that option it has no limit, and neither have `memory`
    and CPU `credits`, because no limit fits two databases and newer burstable types continue without credits at extra
    cost. Storage below 20 % leaves days to decide, below 10 % hours. A new certificate needs a restart in some engines,
    so the WARNING comes 30 days ahead.

    Permissions: rds:DescribeDBInstances, rds:DescribeDBClusters for `--cluster`, rds:DescribePendingMaintenanceActions
    (not with `--no-maintenance`), and cloudwatch:GetMetricData, which bills four to seven metrics for each database and
    run: every 5 minutes is enough.

    Tested with moto (states and clusters), and with answers that match botocore's service models. Not tested against
    AWS.
    """

    thread_safe = True
    shared = True
    actions = (
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribePendingMaintenanceActions",
        "cloudwatch:GetMetricData",
    )
    reads = (
        _declared("CPUUtilization", "Average", gauge="cpu"),
        _declared("DatabaseConnections", "Average", gauge="connections"),
        _declared("FreeableMemory", "Minimum", gauge="memory"),
        _declared("FreeStorageSpace", "Minimum", only="engines other than Aurora and DocumentDB"),
        _declared("FreeLocalStorage", "Minimum", gauge="local", only="Aurora"),
        _declared("AuroraReplicaLag", "Maximum", "Minimum", gauge="lag", scale=0.001, only="Aurora"),
        _declared("ReplicaLag", "Maximum", "Minimum", gauge="lag", only="replicas"),
        _declared("BurstBalance", "Minimum", gauge="burst", only="gp2 storage below 1000 GiB"),
        _declared("CPUCreditBalance", "Minimum", gauge="credits", only="burstable classes"),
    )

    instance: tuple[str, ...] = option(
        "Database, or a pattern such as shop-*", flags="-i --instance", default=(), example="shop"
    )
    cluster: tuple[str, ...] = option("Cluster whose members to watch", default=())
    max_connections: int | None = option("Connections that the database accepts", default=None)
    maintenance: bool = option("Do not ask for pending maintenance", default=True)

    state = verdict(
        "Database",
        ok=[
            "available",
            "backing-up",
            "configuring-enhanced-monitoring",
            "configuring-iam-database-auth",
            "configuring-log-exports",
            "modifying",
            "resetting-master-credentials",
            "storage-config-upgrade",
            "storage-initialization",
            "storage-optimization",
        ],
        warn=["creating", "failing-over", "maintenance", "rebooting", "renaming", "starting", "upgrading"],
        crit=[
            "deleting",
            "failed",
            "inaccessible-encryption-credentials",
            "inaccessible-encryption-credentials-recoverable",
            "incompatible-network",
            "incompatible-option-group",
            "incompatible-parameters",
            "incompatible-restore",
            "insufficient-capacity",
            "restore-error",
            "stopped",
            "stopping",
            "storage-full",
        ],
    )
    space = gauge("Free space", "%", warn="20:", crit="10:", missing="ok")
    cpu = gauge("CPU", "%", warn=80, crit=95, missing="ok")
    connections = gauge("Connections", min=0, missing="ok")
    connections_used = gauge("Connections used", "%", warn=80, crit=95, missing="ok", optional=True)
    memory = gauge("Free memory", "B", missing="ok")
    local = gauge("Free local space", "B", missing="ok", optional=True)
    lag = gauge("Replication lag", "s", warn="0:360", crit="0:900", missing="ok", optional=True)
    burst = gauge("Burst balance", "%", warn="20:", crit="5:", missing="ok", optional=True)
    credits = gauge("CPU credits", min=0, missing="ok", optional=True)
    restorable = gauge("Latest restorable time", "s", warn=1800, crit=7200, missing="ok")
    ca_days = gauge("Certificate valid for", "days", warn="30:", crit="7:", missing="ok")
    maintenance_days = gauge("Time to maintenance", "days", warn="7:", crit="1:", missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if bool(self.instance) == bool(self.cluster):
            raise BadUsage("give --instance or --cluster")
        if "" in (*self.instance, *self.cluster):
            raise BadUsage("--instance and --cluster need a name")
        if self.max_connections is not None and self.max_connections < 1:
            raise BadUsage("--max-connections is a number of connections, at least 1")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        # The members of a cluster are known in a run only, and a request for a pattern names no database.
        listed = bool(self.cluster) or any(set(_WILD) & set(name) for name in self.instance)
        databases = arns(_ARN + "db:", ("*",) if listed else self.instance)
        needed = {"rds:DescribeDBInstances": databases, "cloudwatch:GetMetricData": ("*",)}
        if self.cluster:
            needed["rds:DescribeDBClusters"] = arns(_ARN + "cluster:", self.cluster)
        if self.maintenance:
            needed["rds:DescribePendingMaintenanceActions"] = ("*",)
        return needed

    def probe(self) -> Metrics:
        names = list(self.instance)
        for cluster, found in self.each(self.cluster, self._cluster):
            yield self.state(str(found.get("Status", "")), of=f"cluster {cluster}")
            yield self.restorable(_backup_age(found), of=f"cluster {cluster}")
            names += [str(one["DBInstanceIdentifier"]) for one in found.get("DBClusterMembers", ())]
        databases = self._databases(names)
        for name, database in databases.items():
            yield self.state(str(database.get("DBInstanceStatus", "")), of=name)
            if "LatestRestorableTime" in database or not database.get("DBClusterIdentifier"):
                yield self.restorable(_backup_age(database), of=name)
            yield self.ca_days(_days_to(database.get("CertificateDetails", {}).get("ValidTill")), of=name)
        if self.maintenance and databases:
            yield from self._maintenance(databases)
        series = {name: _series_of(name, database) for name, database in databases.items()}
        queries = [one for found in series.values() for one in found.values()]
        if not queries:
            return
        points = self.aws.series(self._about(list(databases)), self.where(), *queries)
        for name, database in databases.items():
            yield from self._load(name, database, series[name], points)
        yield self.data_age(data_age(points.values()))

    def _load(
        self, name: str, database: "Mapping[str, Any]", series: "Mapping[str, Series]", points: "Found"
    ) -> Metrics:
        def newest(metric: str) -> float | None:
            return points[series[metric], series[metric].stats[0]].newest() if metric in series else None

        if "FreeStorageSpace" in series:
            yield self.space(_free_share(database, newest("FreeStorageSpace")), of=name)
        if "FreeLocalStorage" in series:
            yield self.local(newest("FreeLocalStorage"), of=name)
        yield self.cpu(newest("CPUUtilization"), of=name)
        count = newest("DatabaseConnections")
        yield self.connections(count, of=name)
        if self.max_connections is not None:
            yield self.connections_used(None if count is None else 100 * count / self.max_connections, of=name)
        yield self.memory(newest("FreeableMemory"), of=name)
        for metric, scale in (("ReplicaLag", 1.0), ("AuroraReplicaLag", 0.001)):
            if metric in series:
                yield self.lag(_lag(points, series[metric], scale), of=name)
        if "BurstBalance" in series:
            yield self.burst(newest("BurstBalance"), of=name)
        if "CPUCreditBalance" in series:
            yield self.credits(newest("CPUCreditBalance"), of=name)

    def _about(self, names: list[str]) -> str:
        words = f"the database {names[0]}" if len(names) == 1 else "the databases"
        return f"{words}{self.where().suffix()}"

    def _cluster(self, name: str) -> "Mapping[str, Any]":
        about = f"the cluster {name}{self.where().suffix()}"
        gone = ("DBClusterNotFoundFault", "DBClusterNotFound")
        answer = self.aws.ask("rds", "DescribeDBClusters", about, self.where(), gone=gone, DBClusterIdentifier=name)
        found: list[Mapping[str, Any]] = answer.get("DBClusters", [])
        if not found:
            raise Down(f"{about} does not exist")
        return found[0]

    def _databases(self, names: list[str]) -> "dict[str, Mapping[str, Any]]":
        if not any(set(_WILD) & set(name) for name in names):
            return dict(self.each(names, self._database))
        about = f"the databases{self.where().suffix()}"
        pages = self.aws.pages("rds", "DescribeDBInstances", about, self.where())
        all_of_them = {str(one["DBInstanceIdentifier"]): one for page in pages for one in page.get("DBInstances", ())}
        found = {name: one for name, one in sorted(all_of_them.items()) if selected(name, names)}
        if not found:
            raise Down(f"there is no database {' or '.join(names)}{self.where().suffix()}")
        return found

    def _database(self, name: str) -> "Mapping[str, Any]":
        about = self._about([name])
        gone = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
        answer = self.aws.ask("rds", "DescribeDBInstances", about, self.where(), gone=gone, DBInstanceIdentifier=name)
        found: list[Mapping[str, Any]] = answer.get("DBInstances", [])
        if not found:
            raise Down(f"{about} does not exist")
        return found[0]

    def _maintenance(self, databases: "Mapping[str, Mapping[str, Any]]") -> Metrics:
        arns = {str(one.get("DBInstanceArn", name)): name for name, one in databases.items()}
        about = f"pending maintenance{self.where().suffix()}"
        pages = self.aws.pages(
            "rds",
            "DescribePendingMaintenanceActions",
            about,
            self.where(),
            Filters=[{"Name": "db-instance-id", "Values": list(arns)}],
        )
        for page in pages:
            for resource in page.get("PendingMaintenanceActions", ()):
                identity = str(resource.get("ResourceIdentifier", ""))
                if (name := arns.get(identity, identity.rpartition(":")[2])) not in databases:
                    continue
                for action in resource.get("PendingMaintenanceActionDetails", ()):
                    date = min(
                        (action[key] for key in ("CurrentApplyDate", "ForcedApplyDate") if action.get(key)),
                        default=None,
                    )
                    kind = str(action.get("Action", ""))
                    yield self.maintenance_days(
                        _days_to(date), of=f"{name} {kind}", hint=str(action.get("Description", ""))
                    )


def _series_of(name: str, database: "Mapping[str, Any]") -> "dict[str, Series]":
    """Return the metrics of a database by name: which ones exist depends on engine, class and storage."""
    dims = {"DBInstanceIdentifier": name}
    stats: dict[str, tuple[str, ...]] = {
        "CPUUtilization": ("Average",),
        "DatabaseConnections": ("Average",),
        "FreeableMemory": ("Minimum",),
    }
    engine, class_ = str(database.get("Engine", "")), str(database.get("DBInstanceClass", ""))
    if engine.startswith("aurora"):
        stats["FreeLocalStorage"] = ("Minimum",)
        stats["AuroraReplicaLag"] = ("Maximum", "Minimum")
    elif engine != "docdb":
        stats["FreeStorageSpace"] = ("Minimum",)
    if database.get("ReadReplicaSourceDBInstanceIdentifier") or database.get("ReadReplicaSourceDBClusterIdentifier"):
        stats["ReplicaLag"] = ("Maximum", "Minimum")
    if database.get("StorageType") == "gp2" and int(database.get("AllocatedStorage", 0)) < 1000:
        stats["BurstBalance"] = ("Minimum",)
    if class_.startswith("db.t"):
        stats["CPUCreditBalance"] = ("Minimum",)
    return {
        metric: Series(
            "AWS/RDS",
            metric,
            dims,
            *found,
            period=300 if metric in _SLOW else 60,
            back=1200 if metric in _SLOW else 900,
            settle=0,
        )
        for metric, found in stats.items()
    }


def _free_share(database: "Mapping[str, Any]", free: float | None) -> float | None:
    """Return the free part of the storage in percent; that of its maximum where it grows by itself."""
    size = int(database.get("AllocatedStorage", 0)) * _GIB
    most = max(size, int(database.get("MaxAllocatedStorage", 0)) * _GIB)
    return None if free is None or not most else 100 * (most - size + free) / most


def _lag(points: "Found", series: Series, scale: float) -> float | None:
    highest, lowest = points[series, "Maximum"].newest(), points[series, "Minimum"].newest()
    if lowest is not None and lowest < 0:
        return -1
    return None if highest is None else highest * scale


def _backup_age(thing: "Mapping[str, Any]") -> float | None:
    return seconds_since(thing.get("LatestRestorableTime")) if thing.get("BackupRetentionPeriod") else None


def _days_to(then: "datetime | None") -> float | None:
    return None if then is None else round((then.timestamp() - time.time()) / _DAY, 2)
