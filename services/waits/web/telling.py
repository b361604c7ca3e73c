"""How a clock stands and how its answer changed, in one sentence each."""

from collections.abc import Sequence
from datetime import date

from services.waits.rules.clock import Clock
from services.waits.rules.definition import Definition
from services.waits.rules.history import Change, Changed
from services.waits.rules.internal_waits import InternalWait
from services.waits.rules.reasons import Reason
from services.waits.web.words import COMPONENTS, MILESTONES
from shared.web.formats import counted, day

CHANGES = {
    Change.STARTED: "clock started on {on}",
    Change.WITHDRAWN: "no clock any more; it had started on {was}",
    Change.START_MOVED: "clock start moved from {was} to {on}",
    Change.COMPONENT_MET: "met: {component} on {on}",
    Change.COMPONENT_MOVED: "{component} moved from {was} to {on}",
    Change.COMPONENT_LOST: "no longer met: {component}, which was on {was}",
    Change.STOPPED: "clock stopped on {on}",
    Change.STOP_MOVED: "clock stop moved from {was} to {on}",
    Change.REOPENED: "clock runs again; it had stopped on {was}",
    Change.ENDED: "spell ended on {on}",
    Change.END_MOVED: "end of the spell moved from {was} to {on}",
    Change.END_LOST: "spell open again; it had ended on {was}",
    Change.TARGET_MOVED: "first day past the target moved from {was} to {on}",
}
NOTHING = "changed nothing"


def changed(changes: Sequence[Changed]) -> str:
    """What a version that came, or a day that began, changed."""
    told = [CHANGES[one.what].format(component=COMPONENTS.get(one.component or ""), on=day(one.on), was=day(one.was)) for one in changes]
    return "; ".join(told) or NOTHING


def waited(clock: Clock, at: date) -> int:
    """Whole days until it stopped, ended, or the date asked for; paused days do not count."""
    return ((clock.stop or clock.end or at) - clock.start).days - clock.paused_days


def standing(clock: Clock | None, definition: Definition, at: date, reason: Reason | None = None, *, why: bool = True) -> str:
    """How the clock stands and, if it runs and `why` may be told, because of what; without a clock, the reason."""
    if clock is None:
        return f"No clock: {reason}." if reason else "No clock: the referral is not known."
    days, target = waited(clock, at), definition.target_days
    if clock.stop:
        return f"Clock stopped on day {days}, {'within' if clock.within_target else 'past'} {target} days."
    if clock.end:
        return f"Closed without help after {counted(days, 'day')}."
    past = f", past {target} days by {(at - clock.breach_on).days + 1}" if at >= clock.breach_on else ""
    because = f" Clock still running because: {lacking(clock, definition)}." if why else ""
    return f"Waiting {counted(days, 'day')}{past}.{because}"


def lacking(clock: Clock, definition: Definition) -> str:
    """ "no assessment recorded and no baseline outcome recorded": what is missing, in one phrase."""
    names = [COMPONENTS[name] for name in clock.missing]
    if definition.stop.mode == "any" and len(names) > 1:
        return f"neither {' nor '.join(names)} recorded"
    return " and ".join(f"no {name} recorded" for name in names)


def hidden(wait: InternalWait | None) -> str:
    """The longest wait after the first contact in one sentence; empty when there is none."""
    if wait is None:
        return ""
    return f"Longest wait after the first contact: {counted(wait.days, 'day')}, from {MILESTONES[wait.since]} to {MILESTONES[wait.until]}."
