"""Returns as lines of text."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import asyncpg

from services.reporting.handlers.filling import Filled
from services.reporting.rules.evidence import Figure
from services.reporting.rules.life import open_edits
from services.reporting.rules.restatement import Compared
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.edits import Edit


def headline(row: asyncpg.Record) -> str:
    """A version: its name, state, deadline and signature."""
    signed = f"signed by {row['signed_by']}" if row["signed_by"] else "not signed"
    under = f" under the standing authorisation {row['authorisation']}" if row["authorisation"] else ""
    differs = f"  {row['material']} figures would differ materially: see `clockstop return compare`" if row.get("material") else ""
    return f"{row['return_id']} version {row['version']}  {row['state']:<13} due {row['due_on']}  {signed}{under}{differs}"


def filled(made: Filled) -> list[str]:
    """A return that was filled in."""
    stamp = made.known_at, made.load, made.position, made.hash, made.evidence_hash
    return [
        f"{made.return_id}  {made.definition.title}",
        *lines(made.definition, made.figures),
        *stamped(*stamp),
        *edited(made.edits, {}),
    ]


def frozen(row: asyncpg.Record, figures: Iterable[Figure], edits: Iterable[Edit], why: Mapping[str, str]) -> list[str]:
    """A version as it was frozen."""
    stamp = row["frozen_at"], row["load"], row["ledger_position"], row["hash"], row["evidence_hash"]
    return [*lines(stated(row["definition"], row["definition_version"]), figures), *stamped(*stamp), *edited(edits, why)]


def lines(definition: Definition, figures: Iterable[Figure]) -> Iterator[str]:
    """Every figure as it leaves."""
    titles = {line.id: line.title for line in definition.lines}
    for figure in figures:
        row = figure.row
        place = " ".join(part for part in (row.code if row.level == "pcn" else "", row.value) if part)
        yield f"  {row.line:<24} {titles[row.line]:<70} {place:<12} {row.shown or '-'}"


def stamped(known_at: datetime, load: int, position: int, content: str, evidence: str) -> Iterator[str]:
    """What it was computed from, and its hashes."""
    yield f"as known at {known_at.isoformat()}, reference load {load}, ledger up to position {position:,}"
    yield f"hash          {content}"
    yield f"evidence hash {evidence}"


def edited(edits: Iterable[Edit], why: Mapping[str, str]) -> Iterator[str]:
    """What the checks found, and how it was explained."""
    found = list(edits)
    yield f"edits: {len(found)}, open: {len(open_edits(found, why))}" if found else "edits: none"
    for edit in found:
        said = f"; explained: {why[edit.id]}" if edit.id in why else ""
        yield f"  {edit.kind:<8} {edit.id}: {edit.message}{said}"


def step(row: asyncpg.Record) -> str:
    """A step, or a notice."""
    keys = dict(row)
    what = f"{keys['change']:<13} {keys['by']}" if "change" in keys else f"to {keys['role']}: {keys['kind']}"
    detail = keys.get("detail") or keys.get("text") or ""
    return f"{row['said_at'].isoformat(timespec='seconds')}  version {row['version']}  {what}" + (f"  ({detail})" if detail else "")


def differences(found: Compared) -> list[str]:
    """As submitted against as now."""
    if not found.differences:
        return ["it would say the same now"]
    told = []
    for one in found.differences:
        place = " ".join(part for part in (one.code, one.value) if part)
        causes = ", ".join(f"{cause.name} +{cause.came} -{cause.went}" for cause in one.causes) or "no unit came or went"
        told.append(f"  {one.line:<24} {place:<12} {one.was} -> {one.now}{' MATERIAL' if one.material else ''}: {causes}")
    by_cause = ", ".join(f"{name} {number}" for name, number in found.by_cause.items())
    asks = f"{len(found.material)} of them material: restate it" if found.material else "none of them material"
    return [*told, f"{len(told)} figures differ, {asks}; units by cause: {by_cause or 'none'}"]
