"""`clockstop explain`: the whole account of a referral's spell, as text or as data."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated

import typer
from pydantic import BaseModel

from services.waits import commands as shared_with
from services.waits.store import definitions, pathways
from services.waits.store import reference as reference_store
from services.waits.store.effects import received
from services.waits.web import account
from services.waits.web.account import Account, Material, MomentTold, Told, Uncounted
from services.waits.web.spell_page import providers_of
from services.waits.web.words import COMPONENTS, KINDS, MILESTONES
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection
from shared.runtime.documents import stored
from shared.runtime.errors import CommandError
from shared.versions import Document
from shared.web.formats import counted, day, instant


class Answer(BaseModel):
    """The account of one referral of one provider; `person` is a pseudonym."""

    referral: str
    provider: str
    person: str
    account: Account


def explain(
    referral: Annotated[str, typer.Argument(help="A referral id, or a spell id as RXX:R1.")],
    provider: Annotated[str, typer.Option(help="ODS code, where several providers use the id; by default each answers.")] = "",
    definition: Annotated[str, typer.Option(help="The clock definition: its id, or id@version.")] = definitions.MAIN,
    at: Annotated[str, typer.Option(help="As at the end of this London day, YYYY-MM-DD; by default today.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As data: one line of JSON for each provider.")] = False,
    directory: Directory = DEFAULT,
) -> None:
    """Why a clock stopped or still runs: components, what did not count and why, waits inside the spell, what was known when."""
    found = commands.run(_answers(referral, provider, definition, commands.day("--at", at)))
    if not found:
        raise CommandError(f"no referral {referral!r}{f' of {provider}' if provider else ''} is known: give the provider's own referral id")
    for place, answer in enumerate(found):
        told = answer.model_dump_json() if as_json else "\n".join(lines(answer))
        sys.stdout.write(("\n" if place and not as_json else "") + told + "\n")


async def _answers(referral: str, provider: str, named: str, at: date) -> list[Answer]:
    """One for each provider that has such a referral."""
    async with await shared_with.open_pool() as pool:
        async with pool.acquire() as connection:
            definition = await shared_with.named(connection, named)
            others = [one for one in (await definitions.load(connection)).current().values() if one.key != definition.key]
            reference = await reference_store.load(connection)
            providers = frozenset(row["ods"] for row in await connection.fetch(pathways.SQL["providers"]))
            if provider and provider not in providers:
                raise CommandError(f"--provider: {provider!r} sends nothing here: there is {', '.join(sorted(providers))}")
            before, _, after = referral.partition(":")
            referral_id, ods = (after, before) if before in providers and after else (referral, provider)
            rows = await connection.fetch(pathways.SQL["referral_holders"], referral_id, [ods] if ods else sorted(providers))
            documents = await _documents(connection, [row["personkey"] for row in rows])
        answers = []
        for ods, person in _now([(row["provider"], row["personkey"]) for row in rows], documents, referral_id):
            document = documents[person]
            versions = await received(pool, person, providers_of(document, definition, ods, reference))
            asked = account.Question(definition, at, others)
            told = account.account(Material(document, versions, providers), reference, asked, f"{ods}:{referral_id}")
            answers.append(Answer(referral=referral_id, provider=ods, person=person, account=told))
        return answers


def _now(holders: Iterable[tuple[str, str]], documents: Mapping[str, Document], referral_id: str) -> Iterator[tuple[str, str]]:
    """Of each provider, under whom the referral stands now: it may have moved. If it is void everywhere, under whom it stood."""
    found: dict[str, dict[bool, str]] = {}
    for ods, person in holders:
        versions = documents[person].get(f"{ods}|referral|{referral_id}", [])
        found.setdefault(ods, {}).setdefault(bool(versions and versions[-1][4]), person)
    for ods, by_standing in found.items():
        yield ods, by_standing.get(True) or by_standing[False]


async def _documents(connection: Connection, people: list[str]) -> dict[str, Document]:
    found = {person: Document() for person in people}
    return found | await stored(connection, people)


def lines(answer: Answer) -> Iterator[str]:
    """The account in plain words."""
    told = answer.account
    clock = told.clock
    spell = f", spell {clock.spell_id}" if clock.spell_id else ""
    yield f"{answer.provider} referral {answer.referral}{spell}, person {answer.person}"
    yield f"{clock.title}, version {clock.definition_version} ({clock.definition}), as at {day(told.as_at)}"
    yield clock.standing
    if clock.start:
        referrals = f"{counted(len(clock.referral_ids), 'referral')}: {', '.join(clock.referral_ids)}"
        ended = f", ended {day(clock.end)}" if clock.end else ""
        yield f"Started {day(clock.start)}{ended}; first day past the target {day(clock.breach_on)}; {referrals}"
        yield from _part("Components", _components(told))
    yield from _part("Stood still", [f"{day(one.since)} to {day(one.until)}: {one.why} (event {one.event_id})" for one in told.pauses])
    yield from _part("Did not count", [_uncounted(one) for one in told.uncounted] or ["nothing: every event counted"])
    waits = [f"{counted(wait.days, 'day'):>10}  {MILESTONES[wait.since]} to {MILESTONES[wait.until]}" for wait in told.internal_waits]
    yield from _part("Internal waits", [*waits, *([told.hidden] if told.hidden else [])])
    yield from _part("The same referrals under other definitions", [line for one in told.beside for line in _beside(one)])
    yield from _part("What was known when", [_moment(one) for one in told.history])


def _part(title: str, body: list[str]) -> Iterator[str]:
    if body:
        yield f"\n{title}"
        yield from (f"  {line}" for line in body)


def _components(told: Account) -> list[str]:
    found = []
    for name, met in told.components.items():
        if met:
            found.append(f"{COMPONENTS[name]}: met on {day(met.on)}, day {met.day}, by event {met.event_id} of {met.source}")
        elif name in told.clock.missing:
            attempts = next((one.attempts for one in told.unmet if one.component == name), [])
            found.append(
                f"{COMPONENTS[name]}: missing; " + ("what came did not count:" if attempts else "nothing that could have met it came")
            )
            found += [f"  {_uncounted(one)}" for one in attempts]
        else:
            found.append(f"{COMPONENTS[name]}: not met, not waited for")
    return found


def _beside(one: Told) -> list[str]:
    return [f"{one.title}: {one.standing}", *(f"  differs by oddity {oddity}" for oddity in one.oddities)]


def _uncounted(one: Uncounted) -> str:
    on = f" on {day(one.on)}" if one.on else ""
    return f"{KINDS.get(one.kind, one.kind)} {one.record_id}{on}: {one.reason} (event {one.event_id})"


def _moment(one: MomentTold) -> str:
    if one.event_id is None:
        return f"{day(one.on)}, the day came: {one.sentence}"
    what = f"{KINDS.get(one.kind or '', one.kind)} {one.record_id}".rstrip()
    return f"{instant(one.received)}, {what}{', voided' if one.voided else ''}: {one.sentence} (event {one.event_id})"
