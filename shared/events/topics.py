"""The topic table: every topic, who writes it, who reads it, how long it keeps. Tests hold it against the code that does so."""

from typing import NamedTuple

DAY_MS = 86_400_000


class Topic(NamedTuple):
    """One topic. `config` is what provisioning sets; `dead_letters` names the tables of its hopeless records, one of each service that
    reads it."""  # fmt: skip

    name: str
    partitions: int
    retention_days: int
    producers: tuple[str, ...]
    consumers: tuple[str, ...]

    @property
    def dead_letters(self) -> tuple[str, ...]:
        return tuple(f"{reader}.dead_letter" for reader in self.consumers if reader != "provider")

    @property
    def config(self) -> dict[str, str]:
        return {
            "retention.ms": str(self.retention_days * DAY_MS),
            "cleanup.policy": "delete",
            "max.message.bytes": "1048576",
            "message.timestamp.type": "LogAppendTime",
        }


def _family(name: str) -> Topic:
    return Topic(name, 6, 30, ("referrals",), ("waits", "outreach", "reporting"))


TOPICS = (
    _family("referrals.v1"),
    _family("contacts.v1"),
    _family("assessments.v1"),
    _family("interventions.v1"),
    _family("people.v1"),
    Topic("waits.v1", 6, 30, ("waits",), ("reporting",)),
    Topic("outreach.v1", 6, 30, ("outreach",), ("reporting",)),
    Topic("returns.v1", 6, 30, ("reporting",), ()),
)
CARE_TOPICS = tuple(topic.name for topic in TOPICS if "referrals" in topic.producers)
INGRESS_PATTERN = r"^in\.[a-z0-9]+\.v1$"


def ingress(ods: str) -> Topic:
    """What one provider sends; it holds personal data, therefore the short retention."""
    return Topic(f"in.{ods.lower()}.v1", 3, 14, ("provider",), ("referrals",))


def receipts(ods: str) -> Topic:
    """What became of it; readable by that provider alone."""
    return Topic(f"receipts.{ods.lower()}.v1", 1, 14, ("referrals",), ("provider",))


def provider_of(topic: str) -> str:
    """The provider's ODS code of an ingress topic's name; the name is bound to the authenticated sender."""
    return topic.split(".")[1].upper()
