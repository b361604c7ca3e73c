"""What `reporting` says: `cmh.return.changed.v1`, one version of a return each time it takes a step."""

from shared.events.topics import TOPICS

TOPIC = next(topic.name for topic in TOPICS if topic.name == "returns.v1")
SOURCE = "/clockstop/reporting"
