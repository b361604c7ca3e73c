"""`waits`: pathways, spells, clocks. Consumes care events; publishes waits; owns the live waits pages."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from pydantic import Field, SecretStr

from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.publish import Outlets
from services.waits.store import alerts, definitions, silence
from services.waits.store.alerts import Alerts
from services.waits.store.answers import Making
from services.waits.store.audit import Audit, measure_due
from services.waits.store.definitions import DefinitionError, add_shipped
from services.waits.store.messages import Messages
from services.waits.store.signals import Signals
from services.waits.web.schemas import OpenApi
from services.waits.web.site import build_web
from shared.events.topics import CARE_TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool
from shared.runtime.due import Job
from shared.runtime.pages import PageSettings, pages_of
from shared.runtime.post import MailServer, problem_with
from shared.runtime.service import App, Consumes, Web
from shared.runtime.settings import Settings, SettingsError


class WaitsSettings(Settings):
    """The worker's; with how people are told of alerts, which the pages know too."""

    clockstop_address: str = Field(
        default="", description="the pages' address as people open them, such as https://waits.example: links in messages"
    )
    alert_hosts: str = Field(
        default="", description="hosts of webhooks that alerts may call, by commas; `.example` stands for all below it"
    )
    smtp_host: str | None = Field(default=None, description="mail server for alerts; without it no e-mail is sent")
    smtp_port: int = Field(default=587, description="its port")
    smtp_security: str = Field(default="starttls", description="`starttls`, `tls`, or `none` on this machine alone")
    smtp_from: str | None = Field(default=None, description="sender of those e-mails")
    smtp_username: str | None = Field(default=None, description="if it wants one")
    smtp_password: SecretStr | None = Field(default=None, description="and its password")

    def outlets(self) -> Outlets:
        """Raises SettingsError where mail could not go out."""
        hosts = frozenset(host.strip().lower() for host in self.alert_hosts.split(",") if host.strip())
        site = self.clockstop_address.rstrip("/")
        if self.smtp_host is None:
            return Outlets(None, hosts, site)
        if not self.smtp_from:
            raise SettingsError("setting SMTP_FROM: a sender is needed where SMTP_HOST is set; set the environment variable SMTP_FROM")
        password = self.smtp_password.get_secret_value() if self.smtp_password else None
        mail = MailServer(self.smtp_host, self.smtp_port, self.smtp_security, self.smtp_from, self.smtp_username, password)
        if (problem := problem_with(mail)) is not None:
            raise SettingsError(f"setting SMTP_SECURITY: {problem}; set the environment variable SMTP_SECURITY")
        return Outlets(mail, hosts, site)


class WebSettings(WaitsSettings, PageSettings):
    """The pages' own."""


def build() -> App:
    """Wire the service from the environment."""
    events = CareEvents(definitions.definition(definitions.MAIN))
    settings = WaitsSettings.of("waits")
    others = SideBySide(events, settings.database_url.get_secret_value())
    return App(
        name="waits",
        settings=settings,
        web=web,
        consumes=[Consumes(Subscription("waits", topics=CARE_TOPICS), events.consume)],
        jobs=[
            Job("tell what is due", 5.0, events.tell_due),
            Job("recompute what is due", 5.0, events.recompute_due),
            Job("compute other clocks", 0.5, others.compute_asked),
            Job("compute new definitions", 1.0, others.compute_new),
            Job("make answers about the past", 0.5, Making().make_due),
            Job("sweep retired definitions", 10.0, others.sweep),
            Job("learn rhythms", 60.0, silence.learn_due),
            Job("look for silence", 10.0, silence.look),
            Job("audit", 60.0, Audit().look),
            Job("look for alerts", 5.0, Alerts().look),
            Job("tell alerts", 2.0, Messages(settings.outlets().tell).send_due),
            Job("count signals", 20.0, Signals(events.definition).count_due),
        ],
        starts=_starts,
        measures=[measure_due, silence.measure, alerts.measure],
    )


async def _starts(pool: Pool) -> None:
    """Keep the definitions that this version of the software brings."""
    try:
        async with pool.acquire() as connection, connection.transaction():
            await add_shipped(connection)
    except DefinitionError as error:
        raise SettingsError(str(error)) from None


def web(other_apis: Sequence[OpenApi] = ()) -> AbstractAsyncContextManager[Web]:
    """The live waits pages and their API; `other_apis` are those of services on the same address."""
    settings = WebSettings.of("waits")
    outlets = settings.outlets()
    return pages_of("waits", settings, lambda pool, access: build_web(pool, access, other_apis, outlets))
