"""One web process for the services' web apps, on one origin: `python -m deploy.site`."""

import sys

import uvloop

from services.outreach import app as outreach
from services.referrals import app as referrals
from services.reporting import app as reporting
from services.waits import app as waits
from shared.runtime import logs, web
from shared.runtime.health import Health
from shared.runtime.settings import Settings, SettingsError


async def serve() -> None:
    """The front door's paths, and everything else to the pages."""
    settings = Settings.of("waits")
    logs.configure("site", settings.log_level)
    async with (
        referrals.web() as (door_pool, door),
        outreach.web() as (outreach_pool, worklist),
        reporting.web() as (reporting_pool, returns),
        waits.web([door.openapi(), worklist.openapi(), returns.openapi()]) as (pages_pool, pages),
    ):
        paths = dict.fromkeys(("/v1/events", "/v1/receipts", "/openapi/referrals.json"), door)
        paths |= dict.fromkeys(outreach.PATHS, worklist) | dict.fromkeys(reporting.PATHS, returns)
        await web.serve(web.dispatch(paths, pages), settings, Health("site", door_pool, outreach_pool, reporting_pool, pages_pool))


if __name__ == "__main__":
    try:
        uvloop.run(serve())
    except SettingsError as error:
        sys.exit(str(error))
