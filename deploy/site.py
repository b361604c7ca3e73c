"""One web process for the services' web apps, on one origin: `python -m deploy.site`."""

import sys

import uvloop

from services.referrals import app as referrals
from services.waits import app as waits
from shared.runtime import logs, web
from shared.runtime.settings import Settings, SettingsError


async def serve() -> None:
    """The front door's paths, and everything else to the pages."""
    settings = Settings.of("waits")
    async with referrals.web() as (door_pool, door), waits.web([door.openapi()]) as (pages_pool, pages):
        paths = {"/v1/events": door, "/v1/receipts": door, "/openapi/referrals.json": door}
        site = web.dispatch({**web.health(door_pool, pages_pool), **paths}, pages)
        await web.serve(site, settings)


if __name__ == "__main__":
    logs.configure("site")
    try:
        uvloop.run(serve())
    except SettingsError as error:
        sys.exit(str(error))
