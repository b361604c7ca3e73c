"""Which events are late: first told of more than 60 days after they happened."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.versions import Document, Version

LATE_DAYS = 60
ONCE = frozenset({"contact", "assessment", "score", "intervention"})
"""What happens on one day; a referral or a plan goes on, and is told of again whenever it changes."""
_LONDON = ZoneInfo("Europe/London")
_HOUR = 3_600_000_000


def is_late(document: Document, kind: str, provider: str, record_id: str, version: Version) -> bool:
    """Whether this version, not folded into `document` yet, tells late of its record. A correction of what is known is not late."""
    _, received, _, _, data = version
    if kind not in ONCE or not isinstance(data, dict) or data["on"] >= _in_time(received // _HOUR):
        return False
    return f"{provider}|{kind}|{record_id}" not in document


@lru_cache(maxsize=1024)
def _in_time(hour: int) -> str:
    """The first day of which it is not late to tell in this hour (since 1970)."""
    received = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_LONDON).date()
    return (received - timedelta(LATE_DAYS)).isoformat()
