"""Topics: made explicitly, with their settings, never by accident and never again under the same name."""

import time
from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from shared.events.topics import Topic
from shared.runtime.errors import CommandError


def create_topics(servers: str, wanted: Iterable[Topic], seconds: float = 30) -> None:
    """Create the topics that are missing and wait until all have their leaders. An existing one is never changed.

    CommandError when one has another number of partitions, or the cluster refuses.
    """
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 0})
    by_name = {topic.name: topic for topic in wanted}
    try:
        there = _partitions(admin)
        for name in by_name.keys() & there.keys():
            if there[name] != by_name[name].partitions:
                raise CommandError(
                    f"topic {name} has {there[name]} partitions, not {by_name[name].partitions}: keys would move; migrate it to a new name"
                )
        missing = [NewTopic(topic.name, topic.partitions, config=topic.config) for topic in by_name.values() if topic.name not in there]
        for future in admin.create_topics(missing).values() if missing else ():
            _made(future.exception())
        deadline = time.monotonic() + seconds
        while not by_name.keys() <= _partitions(admin).keys():
            if time.monotonic() > deadline:
                raise CommandError(f"Kafka did not finish creating topics in {seconds:.0f} s: is every broker up?")
            time.sleep(0.1)
    except KafkaException as error:
        raise CommandError(f"Kafka at {servers} did not make the topics: {error.args[0].str()}") from None


def topics(servers: str) -> set[str]:
    """The names of the topics that exist. Raises CommandError."""
    try:
        return set(_partitions(AdminClient({"bootstrap.servers": servers, "log_level": 0})))
    except KafkaException as error:
        raise CommandError(f"Kafka at {servers} does not answer: {error.args[0].str()}") from None


def _partitions(admin: AdminClient) -> dict[str, int]:
    """The number of partitions of every topic whose partitions all have a leader."""
    listed = admin.list_topics(timeout=10).topics
    return {
        name: len(topic.partitions)
        for name, topic in listed.items()
        if topic.partitions and all(partition.leader >= 0 for partition in topic.partitions.values())
    }


def _made(error: BaseException | None) -> None:
    if error and not (isinstance(error, KafkaException) and error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS):
        raise error
