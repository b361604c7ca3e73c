"""For smoke: a return on its way from a running stack to somebody else's mailbox, by the commands that people have."""

import time
from datetime import date, timedelta

from deploy.local.mesh import RECIPIENTS
from services.reporting.rules.period import financial_quarter
from tests.support.mesh_desk import take
from tests.support.recount_lives import DifferenceError
from tests.support.running import Running

PREPARES, SIGNS = "kwame.mensah", "helen.marsh"


def return_by_mesh(stack: Running, today: date, seconds: float = 120) -> str:
    """The checks of the last quarter: frozen, signed by another, sent. DifferenceError unless exactly one message with the frozen hash lies
    in the recipient's mailbox. The stack needs the sandbox: `running(mesh=True)`."""  # fmt: skip
    period = financial_quarter(financial_quarter(today).first - timedelta(1)).name
    named = f"smi-checks:XIB:{period}"
    stack.clockstop("return", "run", "--definition", "smi-checks", "--period", period, "--as", PREPARES)
    edits = stack.query(f"select id from reporting.edit where return_id = '{named}'")
    for edit in edits:
        stack.clockstop("return", "explain", named, edit["id"], "The data are made up", "--as", PREPARES)
    if edits:  # without any, `run` had it checked
        stack.clockstop("return", "check", named, "--as", PREPARES)
    stack.clockstop("return", "sign", named, "--as", SIGNS)
    stack.clockstop("return", "send", named, "--as", SIGNS)
    deadline = time.monotonic() + seconds
    while True:
        [row] = stack.query(f"select hash, state from reporting.return_version where return_id = '{named}'")
        if row["state"] == "submitted":
            break
        if time.monotonic() > deadline:
            raise DifferenceError(f"{named} is {row['state']} after {seconds:g} s: {stack.clockstop('return', 'submissions', named)}")
        time.sleep(0.2)
    said = stack.clockstop("return", "verify", named)
    if "equal" not in said:
        raise DifferenceError(f"{named} is not what the ledger says: {said}")
    found = take(stack.stack["mesh_url"], RECIPIENTS[0])
    if [one.sha256 for one in found] != [row["hash"]]:
        raise DifferenceError(f"messages in the recipient's mailbox: {found}, and the frozen hash is {row['hash']}")
    return f"{named} by MESH: one message in the recipient's mailbox, its SHA-256 is the frozen {row['hash'][:12]}; by the ledger: equal"
