"""`outreach`: SMI physical health checks and what follows them. Consumes care events; publishes follow-ups; owns the worklist pages."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.outreach.handlers import CareEvents
from services.outreach.handlers.audit import Audit
from services.outreach.handlers.due_dates import DueDates
from services.outreach.handlers.messages import Messages
from services.outreach.publish.notify import GovUkNotify, Templates
from services.outreach.publish.vault import VaultApi
from services.outreach.store import messages
from services.outreach.store.due import measure_due
from services.outreach.web import callback
from services.outreach.web.site import build_web
from shared.events.topics import CARE_TOPICS
from shared.runtime.broker import Subscription
from shared.runtime.database import Pool
from shared.runtime.due import Job
from shared.runtime.pages import PageSettings, pages_of
from shared.runtime.service import App, Consumes
from shared.runtime.settings import Settings, SettingsError
from shared.web.application import Access

PATHS = ("/health-checks", "/v1/outreach", "/v1/notify", "/openapi/outreach.json")
"""What this service answers where several share one address."""


class VaultSettings(Settings):
    """How worker and pages reach the front door's vault."""

    vault_api_url: str = Field(description="the vault's internal API, as http://referrals:8010")
    clockstop_vault_api_key: SecretStr = Field(min_length=32, description="what callers of the vault's API must know")

    def vault(self) -> VaultApi:
        return VaultApi(self.vault_api_url, self.clockstop_vault_api_key.get_secret_value())


class OutreachSettings(VaultSettings):
    """The worker's; with how messages to people go out."""

    batch_records: int = Field(default=500, ge=1, le=10_000, description="fewer: what follows from a record takes longer than a clock")
    notify_url: str | None = Field(default=None, description="address of the API of GOV.UK Notify, as its documentation says")
    notify_api_key: SecretStr | None = Field(default=None, description="its API key; without one no message is sent")
    notify_text_template: str | None = Field(default=None, description="id of its template for texts, which holds ((body)) alone")
    notify_email_template: str | None = Field(default=None, description="for e-mails: subject ((subject)), message ((body))")
    notify_letter_template: str | None = Field(default=None, description="for letters: heading ((subject)), text ((body))")
    messages_per_minute: int = Field(default=60, ge=1, le=3000, description="at most so many messages, of all workers together")

    def messages(self) -> Messages | None:
        """Who sends messages; None: nobody does. Raises SettingsError."""
        if self.notify_api_key is None:
            return None
        ids = [self.notify_text_template, self.notify_email_template, self.notify_letter_template]
        named = [one for one in ids if one]
        if self.notify_url is None or len(named) < len(ids):
            names = "NOTIFY_URL, NOTIFY_TEXT_TEMPLATE, NOTIFY_EMAIL_TEMPLATE and NOTIFY_LETTER_TEMPLATE"
            raise SettingsError(f"setting NOTIFY_API_KEY: it needs {names}; set them all, or none")
        notify = GovUkNotify(self.notify_url, self.notify_api_key.get_secret_value(), Templates(*named))
        return Messages(notify, self.vault(), self.messages_per_minute)


class WebSettings(VaultSettings, PageSettings):
    """The pages' own."""

    notify_callback_token: SecretStr | None = Field(
        default=None, min_length=32, description="bearer token with which Notify tells what became of messages, at /v1/notify/callback"
    )


def build() -> App:
    """Wire the service from the environment."""
    events = CareEvents()
    dates = DueDates(events)
    settings = OutreachSettings.of("outreach")
    return App(
        name="outreach",
        settings=settings,
        web=web,
        steps_back=5,
        consumes=[Consumes(Subscription("outreach", topics=CARE_TOPICS), events.consume)],
        jobs=[
            Job("tell what is due", 5.0, dates.tell_due),
            Job("recompute what is due", 5.0, dates.recompute_due),
            Job("recompute under new data", 5.0, dates.sweep),
            Job("queue next steps", 10.0, dates.next_steps),
            Job("audit", 60.0, Audit(events).look),
            *_message_jobs(settings.messages()),
        ],
        measures=[measure_due, messages.measure],
    )


def _message_jobs(sender: Messages | None) -> list[Job]:
    if sender is None:
        return []
    return [
        Job("intend messages", 1.0, sender.intend_due),
        Job("send messages", 0.5, sender.send_intended),
        Job("settle messages in doubt", 5.0, sender.settle_doubtful),
        Job("look after messages", 5.0, sender.look),
    ]


def web() -> AbstractAsyncContextManager[tuple[Pool, FastAPI]]:
    """The health-check pages and their API."""
    settings = WebSettings.of("outreach")
    token = settings.notify_callback_token

    def build(pool: Pool, access: Access) -> FastAPI:
        app = build_web(pool, access, settings.vault())
        if token is not None:
            app.include_router(callback.router(pool, token.get_secret_value()))
        return app

    return pages_of("outreach", settings, build)
