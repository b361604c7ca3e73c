"""docs/operate.md says what is so: every setting, and commands that there are."""

import re

from pydantic.fields import FieldInfo
from typer.main import get_command

from deploy.cli import app
from deploy.provision import Provisioning
from services.outreach.app import OutreachSettings
from services.referrals.app import ReferralsSettings
from services.waits.app import WaitsSettings, WebSettings
from shared.runtime.settings import Environment
from tests.architecture.source import ROOT

GUIDE = (ROOT / "docs" / "operate.md").read_text("utf-8")
READ_BY: dict[str, type[Environment]] = {
    "provision": Provisioning,
    "referrals": ReferralsSettings,
    "waits": WaitsSettings,
    "outreach": OutreachSettings,
    "site": WebSettings,
}
"""The settings of each process; the site also reads those of referrals."""


def _row(name: str, info: FieldInfo, readers: list[str]) -> str:
    needed = "must be set" if info.is_required() else "" if info.default is None else f"`{info.default}`"
    return f"| `{name.upper()}` | {', '.join(readers)} | {needed} | {info.description or ''} |"


def settings_table() -> str:
    """Every setting: who reads it, its default, what it is."""
    fields: dict[str, FieldInfo] = {}
    readers: dict[str, list[str]] = {}
    for process, settings in READ_BY.items():
        for name, info in settings.model_fields.items():
            if (name == "database_url" and process != "provision") or (name.startswith("batch_") and process == "site"):
                continue  # DATABASE_URL_<SERVICE> is what a process should have; the site reads no batches
            fields.setdefault(name, info)
            readers.setdefault(name, []).append(process)
    for name, given in readers.items():
        if name.startswith("database_url_") or "keys" in name:
            given += [one for one in (name.removeprefix("database_url_"), "site") if one in READ_BY and one not in given]
    rows = [_row(name, info, readers[name]) for name, info in fields.items()]
    return "\n".join(["| setting | read by | default | what it is |", "|---|---|---|---|", *rows])


def test_every_setting_is_in_the_table() -> None:
    assert settings_table() in GUIDE, f"write this table into docs/operate.md:\n{settings_table()}"
    assert all(info.description for settings in READ_BY.values() for info in settings.model_fields.values())


COMMANDS = set(
    re.findall(r"\b(?:clockstop|deploy\.cli) ((?:keys|cursor|provider|person|reference) [a-z]+|[a-z]+)(?= |`|$)", GUIDE, re.MULTILINE)
)


def test_the_commands_that_are_spoken_of_exist() -> None:
    known = get_command(app)
    assert {"keys rotate", "cursor adopt", "provider add", "person add", "reference load", "configure", "provision", "replay"} <= COMMANDS
    for words in COMMANDS - {"clockstop", "waits", "referrals", "outreach"}:
        command = known
        for word in words.split():
            command = command.commands[word]  # type: ignore[attr-defined]
