"""A real Apache Kafka: one KRaft node on the loopback interface, its jars collected by Maven once for all stacks of a checkout."""

import base64
import os
import re
import socket
import tempfile
import uuid
from contextlib import suppress
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local import prerequisites
from deploy.local.ports import free_port
from deploy.local.process import Child
from deploy.local.supervisor import Supervisor

POM = Path(__file__).with_name("pom.xml")
VERSION = re.findall(r"<kafka.version>(.+)</kafka.version>", POM.read_text("utf-8"))[0]
JARS = Path(__file__).parents[2] / ".clockstop" / "cache" / f"kafka-{VERSION}" / "lib"

_FRUGAL = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""On a few shared cores, for minutes rather than weeks: the optimising compiler and parallel collection cost more than they bring."""


def prepare(supervisor: Supervisor, directory: Path, bootstrap: str) -> Child:
    """Collect the jars and format the log directory where that has not been done; returns the broker, to be started."""
    java = prerequisites.java(supervisor.say)
    _collect(supervisor)
    home = directory / "kafka"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "data").exists():
        _format(supervisor, java, home)
    properties = home / "server.properties"
    properties.write_text(_properties(home / "data", bootstrap, f"127.0.0.1:{free_port()}"), "utf-8")
    return Child(
        "kafka",
        (java, "-Xms256m", "-Xmx768m", *_FRUGAL, "-Dlog4j2.level=WARN", "-cp", f"{JARS}/*", "kafka.Kafka", str(properties)),
        dict(os.environ),
        ready=partial(answers, bootstrap),
        directory=home,
    )


def answers(bootstrap: str) -> bool:
    """Whether a broker is there and takes part in its cluster."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    with suppress(OSError, KafkaException):
        socket.create_connection((host, int(port)), timeout=1).close()
        return bool(AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=1).brokers)
    return False


def _collect(supervisor: Supervisor) -> None:
    """The jars appear whole or not at all: collected beside their place, and moved."""
    if JARS.exists():
        return
    JARS.parent.mkdir(parents=True, exist_ok=True)
    maven = prerequisites.maven(supervisor.say)
    supervisor.say(f"Apache Kafka {VERSION}: collecting its jars with Maven (about 45 MB, once)")
    with tempfile.TemporaryDirectory(dir=JARS.parent) as part:
        jars = Path(part) / "lib"
        goal = ("dependency:copy-dependencies", f"-DoutputDirectory={jars}", "-DincludeScope=runtime")
        log = supervisor.logs / "maven.log"
        supervisor.run(
            Child("maven", (maven, "--batch-mode", "--strict-checksums", "--file", str(POM), *goal), dict(os.environ)),
            seconds=900,
            progress=lambda: f"{log.read_text('utf-8', 'replace').count('Downloaded from')} files",
        )
        with suppress(FileExistsError, OSError):  # another stack was quicker
            jars.rename(JARS)


def cluster_id(chance: bytes) -> str:
    """A cluster id of 16 bytes, in the base64 that Kafka writes it in. It begins with a letter: a dash would be read as an option."""
    return base64.urlsafe_b64encode(bytes([chance[0] & 0x7F]) + chance[1:]).decode().rstrip("=")


def _format(supervisor: Supervisor, java: str, home: Path) -> None:
    """A log directory with a cluster id of its own; moved into place when it is whole."""
    cluster = cluster_id(uuid.uuid4().bytes)
    with tempfile.TemporaryDirectory(dir=home) as part:
        properties, new = Path(part) / "format.properties", Path(part) / "data"
        properties.write_text(_properties(new, "127.0.0.1:1", "127.0.0.1:2"), "utf-8")
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", str(properties))
        supervisor.run(Child("kafka-format", (java, "-Dlog4j2.level=WARN", "-cp", f"{JARS}/*", *tool), dict(os.environ)))
        new.rename(home / "data")


def _properties(data: Path, broker: str, controller: str) -> str:
    """Static voters, because the ports of the next run are others. A dead broker is noticed, and its next start let in, after 2 s."""
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
controller.listener.names=CONTROLLER
listeners=BROKER://{broker},CONTROLLER://{controller}
inter.broker.listener.name=BROKER
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""
