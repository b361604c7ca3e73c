"""What `outreach` says: `cmh.follow-up.changed.v1`, one task as it is each time something about it changed."""

from shared.events.topics import TOPICS

TOPIC = next(topic.name for topic in TOPICS if topic.name == "outreach.v1")
SOURCE = "/clockstop/outreach"
