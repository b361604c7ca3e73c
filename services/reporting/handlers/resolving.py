"""A person's word on what nobody else can tell: whether a return that rests in `unknown` went."""

from services.reporting.handlers.returning import concerns
from services.reporting.rules import life
from services.reporting.rules.life import StepError
from services.reporting.store import returns, submissions
from shared.runtime.database import Connection
from shared.web.people import Person

LEAST = 10
"""Characters of a reason."""


async def resolve(connection: Connection, return_id: str, by: Person, *, sent: bool, why: str) -> int:
    """Settle the submissions of a return that rest; returns how many. StepError where none does, or it is not theirs to say."""
    versions = await returns.versions(connection, return_id)
    if not versions:
        raise StepError(f"there is no return {return_id!r}: see `clockstop return list`")
    if not by.roles & (life.DRAFTS | life.SIGNS):
        raise StepError(f"{by.username} may not decide of a return: it takes the role {' or '.join(sorted(life.DRAFTS | life.SIGNS))}")
    await concerns(connection, by, versions[-1]["organisation"])
    if len(why.strip()) < LEAST:
        raise StepError(f"--why: say in a few words who told you (at least {LEAST} characters)")
    count = await submissions.decide(connection, return_id, sent=sent, why=why.strip(), by=by.username)
    if not count:
        raise StepError(f"{return_id}: nothing of it rests in unknown: see `clockstop return submissions {return_id}`")
    return count
