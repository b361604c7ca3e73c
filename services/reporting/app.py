"""`reporting`: measures and returns. Consumes care events, waits and follow-ups; publishes returns; owns the pages of measures."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from services.reporting.handlers import Events
from services.reporting.handlers.figures import Figures
from services.reporting.web.site import build_web
from shared.events.topics import TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool
from shared.runtime.due import Job
from shared.runtime.pages import PageSettings, pages_of
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings

PATHS = ("/measures", "/returns", "/v1/measures", "/v1/returns", "/openapi/reporting.json")
"""What this service answers where several share one address."""
READ = tuple(topic.name for topic in TOPICS if "reporting" in topic.consumers)


class ReportingSettings(Settings):
    """The worker's."""


class WebSettings(ReportingSettings, PageSettings):
    """The pages' own."""


def build() -> App:
    """Wire the service from the environment."""
    events = Events()
    return App(
        name="reporting",
        settings=ReportingSettings.of("reporting"),
        web=web,
        steps_back=10,
        consumes=[Consumes(Subscription("reporting", topics=READ, gathers_ms=250), events.consume)],
        jobs=[Job("keep figures", 2.0, Figures().look)],
    )


def web() -> AbstractAsyncContextManager[tuple[Pool, FastAPI]]:
    """The pages of measures and returns, and their API."""
    return pages_of("reporting", WebSettings.of("reporting"), build_web)
