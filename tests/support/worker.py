"""A worker as every service runs it, with the tests' own handler. `python -m tests.support.worker`; killed by tests.

PROOF_TOPIC and PROOF_GROUP say what it reads; with PROOF_DIES_AT=n it kills itself at its n-th I/O with the database,
before it when n is odd and after it when n is even.
"""

import os
import signal
import sys

import uvloop

from shared.runtime import logs, service
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool, connect_pool
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings
from tests.support import tally
from tests.support.faults import Moment, Points


async def kill_at(number: int, _name: str, moment: Moment) -> None:
    """SIGKILL, from within: nothing is flushed, no connection is closed in good order."""
    last = int(os.environ["PROOF_DIES_AT"])
    if number == last and moment == ("before" if last % 2 else "after"):
        os.kill(os.getpid(), signal.SIGKILL)


async def mortal_pool(url: str, schema: str, *, size: int) -> Pool:
    return Points(kill_at).pool(await connect_pool(url, schema, size=size))


def main() -> None:
    subscription = Subscription(os.environ["PROOF_GROUP"], (os.environ["PROOF_TOPIC"],))
    app = App(tally.SCHEMA, Settings.of(tally.SCHEMA), web=lambda: sys.exit("no pages"), consumes=[Consumes(subscription, tally.count)])
    logs.configure(app.name)
    if "PROOF_DIES_AT" in os.environ:
        setattr(service, "connect_pool", mortal_pool)  # noqa: B010  # a planted death, which no type allows
    uvloop.run(service.work(app))


if __name__ == "__main__":
    main()
