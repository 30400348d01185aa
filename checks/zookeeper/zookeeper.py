"""Role, requests and followers of a ZooKeeper server."""

from checks.zookeeper.source import ZookeeperServers
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict


class Zookeeper(Check):
    """State of one server of an ensemble.

    A server without a quorum accepts connections and serves no requests: CRITICAL. So is a server that does not answer.
    Port checks and the command `ruok` notice neither.

    By default the check sends `srvr`, which every server allows. `--details` also sends `mntr`, which needs a line in
    zoo.cfg, and reports the followers of a leader and the open files:

        4lw.commands.whitelist=srvr, mntr

    Defaults: `outstanding` 10/100 waiting requests, because a healthy server has none; `files` 80/95 % of the limit,
    because connections are refused at 100 %; `time` 0.5/2 s. `latency` is the average since the start, so it has none.
    `followers`, which only a leader reports, has none: set `--followers-critical 2:` in an ensemble of three.

    No account is needed: the commands are not protected, so restrict access to the port.

    Tested with ZooKeeper 3.8.0.
    """

    thread_safe = True

    servers = uses(ZookeeperServers)

    host: str = option("Server, HOST[:PORT] with port 2181 by default", flags="-H --host", default="127.0.0.1")
    details: bool = option("Report followers and files too", default=False)

    mode = verdict("Mode", ok=["leader", "follower", "observer", "standalone"])
    outstanding = gauge("Requests outstanding", warn=10, crit=100, min=0, missing="ok")
    connections = gauge("Connections", min=0, missing="ok")
    nodes = gauge("Nodes", min=0, missing="ok")
    latency = gauge("Average latency", "s", missing="ok")
    followers = gauge("Followers in sync", min=0, missing="ok", optional=True)
    files = gauge("Open files", "%", warn=80, crit=95, missing="ok", optional=True)
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def validate(self) -> None:
        if not self.host:
            raise BadUsage("--host is empty: give HOST[:PORT]")

    def probe(self) -> Metrics:
        state = self.servers.state(self.host, details=self.details)
        serves = bool(state.mode)
        yield self.mode(state.mode or "serves nobody", hint="" if serves else "it has no quorum")
        yield self.outstanding(state.outstanding if serves else None)
        yield self.connections(state.connections if serves else None)
        yield self.nodes(state.nodes if serves else None)
        yield self.latency(state.latency[0] if serves else None)
        yield self.time(state.seconds)
        if self.details and serves:
            if state.mode == "leader":
                yield self.followers(state.number("zk_synced_followers"))
            used, limit = state.number("zk_open_file_descriptor_count"), state.number("zk_max_file_descriptor_count")
            yield self.files(round(100 * used / limit, 2) if limit and used is not None else None)
