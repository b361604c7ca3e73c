"""How long the pages take, asked as a browser asks."""

import re
from collections.abc import Iterator
from statistics import median

import httpx

ASKED = 20
READER = "amara.okafor"
PAGES = {
    "front page": "/waits",
    "list of all who wait": "/waits/list?state=waiting",
    "list of all past 28 days": "/waits/list?state=past-target",
    "list by last contact": "/waits/list?state=waiting&sort=last_contact",
    "list of stops this quarter": "/waits/list?state=stopped-quarter",
    "health checks": "/health-checks",
    "worklist": "/health-checks/list",
    "worklist of what is overdue, by next step": "/health-checks/list?status=overdue&sort=next",
}


def measure(site: str) -> Iterator[str]:
    """One line for each page: median and worst of ASKED requests one after the other, from the request to the last byte."""
    with httpx.Client(base_url=site, follow_redirects=True, timeout=60) as client:
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
        client.post("/sign-in", data={"username": READER, "csrf": token[1] if token else ""}).raise_for_status()
        waiting = client.get("/v1/waits").raise_for_status().json()["waiting"]
        register = client.get("/v1/outreach/overview").raise_for_status().json()["register"]
        yield f"{waiting:,} people wait, {register:,} are on registers"
        for name, path in PAGES.items():
            times = sorted(client.get(path).raise_for_status().elapsed.total_seconds() * 1000 for _ in range(ASKED))
            yield f"{name}: median {median(times):.0f} ms, worst {times[-1]:.0f} ms of {ASKED}"
