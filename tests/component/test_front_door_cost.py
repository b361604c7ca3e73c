"""What one event costs at the front door: printed, not judged (`pytest -s`); the figures to hold are those of `make bench`."""

import time
from collections import Counter

from shared.runtime.database import connect_pool
from tests.component.sent_events import Desk, event, raw

KINDS = ("referral", "contact", "contact", "assessment", "score", "care-plan", "person")
EVENTS = 2000


def mixed(batch: int) -> list[bytes]:
    """Events of 500 people, one in twenty sent twice, one in a hundred malformed."""
    sent: list[bytes] = []
    for number in range(EVENTS):
        one = raw(event(KINDS[number % len(KINDS)], f"{batch}-{number}", person={"local_id": f"P{number % 500}", "name": "Somebody"}))
        sent.append(sent[-1] if number % 20 == 19 else one[:-3] if number % 100 == 1 else one)
    return sent


async def test_a_batch_of_mixed_events(database_urls: dict[str, str]) -> None:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        desk = Desk(pool)
        for batch in range(3):
            sent = mixed(batch)
            wall, client = time.perf_counter(), time.process_time()
            told = await desk.send(*sent)
            wall, client = time.perf_counter() - wall, time.process_time() - client
            print(f"\n{wall / EVENTS * 1e6:.0f} us an event, of them {client / EVENTS * 1e6:.0f} us client CPU", end="")
            assert Counter(one.verdict.value for one in told) == {"accepted": 1880, "duplicate": 100, "rejected": 20}
