"""What somebody writes into the form of a rule, read and held against what there is."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

from services.waits.rules.alerts import DIRECTIONS, MEASURES, MOST_THRESHOLDS, Rule, in_order, wrong
from services.waits.rules.messages import EVERY, NARROWED
from services.waits.store.alert_book import Draft
from services.waits.web.desk import Desk
from shared.runtime.post import ADDRESS, refusal
from shared.web.errors import FieldError
from shared.web.filters import known
from shared.web.people import Person

FORMS = {"json": "signed JSON", "teams": "Teams card"}
MOST_EMAILS = 10
TITLE = 100


class RuleForm(BaseModel):
    """The fields of the form; all texts, as a form sends them."""

    csrf: str
    title: Annotated[str, Field(max_length=400)] = ""
    measure: str = ""
    direction: str = ""
    thresholds: Annotated[str, Field(max_length=400)] = ""
    provider: str = ""
    team_type: str = ""
    definition: str = ""
    emails: Annotated[str, Field(max_length=2000)] = ""
    webhook: Annotated[str, Field(max_length=2000)] = ""
    form: str = "json"

    async def draft(self, desk: Desk, person: Person) -> Draft:
        """Raises FieldError for the first field that cannot be."""
        title = one_line("title", self.title, TITLE)
        known("measure", self.measure, MEASURES)
        known("direction", self.direction, DIRECTIONS)
        direction = next(name for name in DIRECTIONS if name == self.direction)
        measure = next(name for name in MEASURES if name == self.measure)
        rule = Rule(measure, direction, in_order(direction, _numbers(self.thresholds)))
        if (problem := wrong(rule)) is not None:
            raise FieldError("thresholds", problem, f"give 1 to {MOST_THRESHOLDS} numbers, such as 250, 300")
        provider, team_type = self.provider or None, self.team_type or None
        known("provider", provider, person.providers)
        definition = await desk.definition(self.definition or None)
        known("team_type", team_type, definition.team_types.values())
        for name in sorted(EVERY - NARROWED.get(measure, EVERY)):
            if getattr(self, name):
                raise FieldError(name, f"{MEASURES[measure][0]!r} cannot be narrowed by it", "leave it out")
        return Draft(
            title=title,
            rule=rule,
            providers=[provider] if provider else sorted(person.providers),
            provider=provider,
            team_type=team_type,
            definition=self.definition or None,
            emails=self._emails(),
            webhook=self._webhook(desk),
            form=self.form,
        )

    def _emails(self) -> list[str]:
        found = list(dict.fromkeys(re.split(r"[\s,;]+", self.emails.strip()))) if self.emails.strip() else []
        for address in found:
            if not ADDRESS.fullmatch(address) or len(address) > 254:
                raise FieldError(
                    "emails", f"{address[:60]!r} is no e-mail address", "write them as name@organisation.example, with commas between"
                )
        if len(found) > MOST_EMAILS:
            raise FieldError("emails", f"{len(found)} addresses", f"give at most {MOST_EMAILS}; a distribution list reaches more")
        return found

    def _webhook(self, desk: Desk) -> str | None:
        known("form", self.form, FORMS)
        webhook = self.webhook.strip()
        if webhook and (problem := refusal(webhook, desk.outlets.hosts)) is not None:
            raise FieldError("webhook", problem, "give an https address on a host that is allowed, or leave it out")
        return webhook or None


def one_line(field: str, text: str, most: int) -> str:
    """Without line ends and doubled spaces. Raises FieldError when nothing or too much is left."""
    found = " ".join(text.split())
    if not 1 <= len(found) <= most:
        raise FieldError(field, f"{len(found)} characters", f"give 1 to {most}")
    return found


def _numbers(text: str) -> list[float]:
    try:
        found = [float(part) for part in re.split(r"[\s,;]+", text.strip().replace("%", "")) if part]
    except ValueError:
        found = []
    if not found or any(not abs(number) < 1e9 for number in found):
        raise FieldError("thresholds", f"{text[:60]!r} are no numbers", f"give 1 to {MOST_THRESHOLDS} numbers, such as 250, 300")
    return [round(number, 2) for number in found]
