"""`reporting`: measures and returns. Consumes care events, waits and follow-ups; publishes returns; owns the pages of measures."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.reporting.handlers import Events
from services.reporting.handlers.figures import Figures
from services.reporting.handlers.looking import Looking
from services.reporting.handlers.mailbox import Mailbox
from services.reporting.handlers.running import LOOK_SECONDS, Running, counting
from services.reporting.handlers.submitting import Submitting
from services.reporting.publish.drop import FileDrop
from services.reporting.publish.mesh import Account, Mesh
from services.reporting.rules.submissions import mailboxes
from services.reporting.store import definitions, submissions
from services.reporting.web.site import build_web
from shared import clock
from shared.events.topics import TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool
from shared.runtime.due import Job
from shared.runtime.pages import PageSettings, pages_of
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings, SettingsError

PATHS = ("/measures", "/returns", "/v1/measures", "/v1/returns", "/openapi/reporting.json")
"""What this service answers where several share one address."""
READ = tuple(topic.name for topic in TOPICS if "reporting" in topic.consumers)


class ReportingSettings(Settings):
    """The worker's; with how returns go out."""

    returns_drop: Path | None = Field(default=None, description="folder in which returns are left for others to fetch; none: none is")
    mesh_url: str | None = Field(default=None, description="address of MESH, as its documentation says")
    mesh_mailbox: str | None = Field(default=None, description="our mailbox there; without one no return goes by MESH")
    mesh_password: SecretStr | None = Field(default=None, description="its password")
    mesh_shared_key: SecretStr | None = Field(default=None, description="the shared key of that environment of MESH")
    mesh_workflow: str | None = Field(default=None, description="workflow id that the recipients agreed to")
    mesh_recipients: str = Field(default="", description="mailboxes to which returns may go, by commas: to no other")
    mesh_certificate: Path | None = Field(default=None, description="PEM file of our certificate there; with MESH_KEY")
    mesh_key: Path | None = Field(default=None, description="PEM file of its private key")
    mesh_authority: Path | None = Field(default=None, description="PEM file of who signed MESH's; the client knows NHS England's own")

    def mesh(self) -> Mesh | None:
        """Our mailbox; None: returns do not go by MESH. Raises SettingsError."""
        if self.mesh_mailbox is None:
            return None
        needed = self.mesh_url, self.mesh_password, self.mesh_shared_key, self.mesh_workflow
        url, password, key, workflow = needed
        if not (url and password and key and workflow):
            names = "MESH_URL, MESH_PASSWORD, MESH_SHARED_KEY and MESH_WORKFLOW"
            raise SettingsError(f"setting MESH_MAILBOX: it needs {names}; set them all, or none")
        if (self.mesh_certificate is None) != (self.mesh_key is None):
            raise SettingsError("setting MESH_CERTIFICATE: it goes with MESH_KEY; set both, or none")
        pair = (str(self.mesh_certificate), str(self.mesh_key)) if self.mesh_certificate and self.mesh_key else None
        secrets = password.get_secret_value(), key.get_secret_value()
        authority = str(self.mesh_authority) if self.mesh_authority else None
        return Mesh(Account(url, self.mesh_mailbox.upper(), *secrets, workflow, self.recipients(), pair, authority))

    def recipients(self) -> tuple[str, ...]:
        """Who may be sent to by MESH. Raises SettingsError."""
        try:
            return mailboxes(self.mesh_recipients) if self.mesh_mailbox else ()
        except ValueError as error:
            raise SettingsError(f"setting MESH_RECIPIENTS: {error}") from None


class WebSettings(PageSettings):
    """The pages' own."""


def build() -> App:
    """Wire the service from the environment."""
    events = Events()
    settings = ReportingSettings.of("reporting")
    where = settings.database_url.get_secret_value(), settings.kafka_bootstrap_servers
    running, looking = Running(*where), Looking(*where)
    mesh = settings.mesh()
    return App(
        name="reporting",
        settings=settings,
        web=web,
        steps_back=10,
        consumes=[Consumes(Subscription("reporting", topics=READ, gathers_ms=250), events.consume)],
        jobs=[
            Job("keep figures", 2.0, Figures(where[0]).look),
            Job("run returns", LOOK_SECONDS, running.act),
            Job("look after what returns said", 300.0, looking.look),
            *_submission_jobs(mesh, settings.returns_drop),
        ],
        starts=partial(_starts, mailboxes=settings.recipients()),
        measures=[submissions.measure],
    )


async def _starts(pool: Pool, mailboxes: Sequence[str]) -> None:
    """Let these be recipients by MESH, and keep the definitions that this version of the software brings."""
    await submissions.allow(pool, mailboxes)
    try:
        async with pool.acquire() as connection, connection.transaction():
            await definitions.add_shipped(connection, clock.now())
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _submission_jobs(mesh: Mesh | None, drop: Path | None) -> list[Job]:
    transports = ({"mesh": mesh} if mesh else {}) | ({"drop": FileDrop(drop)} if drop else {})
    sending = Submitting(transports)
    jobs = [
        Job("intend returns", 2.0, sending.intend_due),
        Job("send returns", 1.0, sending.send_intended),
        Job("settle returns in doubt", 15.0, sending.settle_doubtful),
        Job("look after returns", 60.0, sending.look),
    ]
    if mesh is None:
        return jobs if drop else []
    mailbox = Mailbox(mesh)
    return [
        *jobs,
        Job("shake hands with MESH", 60.0, mailbox.handshake),
        Job("read our mailbox", 300.0, mailbox.read),
        Job("acknowledge reports", 60.0, mailbox.acknowledge),
    ]


def web() -> AbstractAsyncContextManager[tuple[Pool, FastAPI]]:
    """The pages of measures and returns, and their API."""
    settings = WebSettings.of("reporting")
    long_reads = partial(counting, settings.database_url.get_secret_value(), settings.kafka_bootstrap_servers)
    return pages_of("reporting", settings, partial(build_web, counting=long_reads))
