"""docs/operate.md says what is so: every setting, and commands that there are."""

import re

from pydantic.fields import FieldInfo
from typer.main import get_command

from deploy.cli import app
from deploy.provision import Provisioning
from services.outreach.app import OutreachSettings
from services.outreach.app import WebSettings as OutreachWebSettings
from services.referrals.app import ReferralsSettings, WorkerSettings
from services.reporting.app import ReportingSettings
from services.reporting.app import WebSettings as ReportingWebSettings
from services.waits.app import WaitsSettings, WebSettings
from shared.runtime.settings import Environment
from tests.architecture.source import ROOT

GUIDE = (ROOT / "docs" / "operate.md").read_text("utf-8")
READ_BY: dict[str, tuple[type[Environment], ...]] = {
    "provision": (Provisioning,),
    "referrals": (WorkerSettings,),
    "waits": (WaitsSettings,),
    "outreach": (OutreachSettings,),
    "reporting": (ReportingSettings,),
    "site": (ReferralsSettings, WebSettings, OutreachWebSettings, ReportingWebSettings),
}
"""The settings of each process."""


def _row(name: str, info: FieldInfo, readers: list[str]) -> str:
    needed = "must be set" if info.is_required() else "" if info.default is None else f"`{info.default}`"
    return f"| `{name.upper()}` | {', '.join(readers)} | {needed} | {info.description or ''} |"


def settings_table() -> str:
    """Every setting: who reads it, its default, what it is."""
    fields: dict[str, FieldInfo] = {}
    readers: dict[str, list[str]] = {}
    for process, read in READ_BY.items():
        for name, info in ((name, info) for settings in read for name, info in settings.model_fields.items()):
            if (name == "database_url" and process != "provision") or (name.startswith("batch_") and process == "site"):
                continue  # DATABASE_URL_<SERVICE> is what a process should have; the site reads no batches
            fields.setdefault(name, info)
            if process not in readers.setdefault(name, []):
                readers[name].append(process)
    for name, given in readers.items():
        if name.startswith("database_url_"):
            given += [name.removeprefix("database_url_"), "site"]
    rows = [_row(name, info, readers[name]) for name, info in fields.items()]
    return "\n".join(["| setting | read by | default | what it is |", "|---|---|---|---|", *rows])


def test_every_setting_is_in_the_table() -> None:
    assert settings_table() in GUIDE, f"write this table into docs/operate.md:\n{settings_table()}"
    assert all(info.description for read in READ_BY.values() for settings in read for info in settings.model_fields.values())


COMMANDS = set(
    re.findall(r"\b(?:clockstop|deploy\.cli) ((?:keys|cursor|provider|person|reference) [a-z]+|[a-z]+)(?= |`|$)", GUIDE, re.MULTILINE)
)


def test_the_commands_that_are_spoken_of_exist() -> None:
    known = get_command(app)
    assert {"keys rotate", "cursor adopt", "provider add", "person add", "reference load", "configure", "provision", "replay"} <= COMMANDS
    for words in COMMANDS - {"clockstop", "waits", "referrals", "outreach", "reporting"}:
        command = known
        for word in words.split():
            command = command.commands[word]  # type: ignore[attr-defined]
