"""Lines of a return's definition, read from their TOML tables; every complaint names the line, its field and the remedy."""

import re
from collections.abc import Mapping
from typing import Any

from services.reporting.rules.returns import lines as shape
from services.reporting.rules.returns.lines import Entered, Known, Line, Measured, Ratio, Source, Target, Total
from shared.fields import Fields

OWNERS = ("icb-manager", "analyst", "team-manager", "signatory")
KnownMeasures = Mapping[str, frozenset[str]]
"""By id, the levels that a measure is counted at: icb, provider, footprint, pcn."""


def address(fields: Fields) -> str:
    name = fields.take("id", str)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or len(name) > 64:
        raise fields.wrong("id", f"{name!r} cannot stand in an address: use small letters, digits and single hyphens, at most 64")
    return name


def line_of(fields: Fields, sections: list[str], before: Mapping[str, Line], known: KnownMeasures, organisations: str, pcns: str) -> Line:
    name = address(fields)
    if name in before:
        raise ValueError(f"lines.id: the line {name!r} is given twice: leave one out, or name it otherwise")
    fields = fields.called(f"line {name}: ")
    kinds = [kind for kind in ("measure", "entered", "ratio", "total", "known") if fields.has(kind)]
    if len(kinds) != 1:
        raise fields.wrong(
            "measure", f"a line has one source: measure, entered, ratio, total or known, not {' and '.join(kinds) or 'none'}"
        )
    source: Source
    match kinds[0]:
        case "measure":
            source = _measured(fields, known, organisations, pcns)
        case "entered":
            source = _entered(fields, pcns)
        case "ratio":
            part, whole = _two(fields, before)
            source = Ratio(part, whole, fields.number("per", 1) if fields.has("per") else 100)
        case "total":
            source = Total(fields.some("total", tuple(before)))
        case _:
            source = _known(fields, pcns, known, organisations)
    line = Line(
        name,
        fields.one_of("section", sections),
        fields.words("title"),
        source,
        fields.take("note", str, ""),
        fields.one_of("at_most", tuple(before)) if fields.has("at_most") else "",
        fields.maybe_number("change_percent", 1),
    )
    fields.end()
    return line


def _two(fields: Fields, before: Mapping[str, Line]) -> tuple[str, str]:
    found = fields.some("ratio", tuple(before))
    if len(found) != 2:
        raise fields.wrong("ratio", f"two lines are needed, the part and the whole, not {len(found)}")
    return found[0], found[1]


def _measured(fields: Fields, known: KnownMeasures, organisations: str, pcns: str) -> Measured:
    measure = fields.words("measure")
    if measure not in known:
        raise fields.wrong("measure", f"there is no measure {measure!r}: `clockstop measures` has those that there are")
    level = fields.one_of("level", shape.LEVELS) if fields.has("level") else shape.ORGANISATION
    counted = organisations if level == shape.ORGANISATION else level
    if counted not in known[measure]:
        raise fields.wrong("level", f"{measure} is not counted by {counted}: it is by {', '.join(sorted(known[measure]))}")
    if (level != shape.ORGANISATION and pcns == "none") or (level == shape.FOOTPRINT and pcns != "footprint"):
        raise fields.wrong("level", f'{level} needs pcns = "footprint"{" or all" if level == shape.PCN else ""} in the definition')
    if level == shape.PCN and pcns == "all" and organisations not in known[measure]:
        raise fields.wrong("level", f'{measure} is not counted by {organisations}, so its PCNs have no total: say pcns = "footprint"')
    by, values = _by(fields, (*shape.GROUPS,))
    unknown = [value for value in values if shape.GROUPS.get(by) and value not in shape.GROUPS[by]]
    if unknown:
        raise fields.wrong("values", f"{unknown[0]!r} is not known: use {', '.join(shape.GROUPS[by])}")
    return Measured(measure, level, by, values)


def _by(fields: Fields, known: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    by = (fields.one_of("by", known) if known else fields.words("by")) if fields.has("by") else ""
    return by, fields.some("values", ()) if by and by != shape.PCN else ()


def _entered(fields: Fields, pcns: str) -> Entered:
    kind = fields.one_of("entered", shape.ENTERED)
    by, values = _by(fields, ())
    if by == shape.PCN and pcns == "none":
        raise fields.wrong("by", 'pcn needs pcns = "footprint" or all in the definition')
    limits = [_limit(fields, name, kind) for name in ("least", "most")]
    people = fields.take("people", bool, False)
    if people and kind != "count":
        raise fields.wrong("people", "only a count counts people: leave it out")
    return Entered(kind, fields.one_of("owner", OWNERS), fields.take("required", bool, True), by, values, people, limits[0], limits[1])


def _limit(fields: Fields, name: str, kind: str) -> int | None:
    if fields.has(name) and kind in {"date", "text"}:
        raise fields.wrong(name, f"a {kind} has no limit: leave it out")
    return fields.maybe_number(name, -(10**12))


def _known(fields: Fields, pcns: str, known: KnownMeasures, organisations: str) -> Known:
    what = fields.one_of("known", shape.KNOWN)
    if what == "pcn-criteria" and pcns == "none":
        raise fields.wrong("known", 'pcn-criteria needs pcns = "footprint" or all in the definition')
    of = fields.words("of") if what in {"plan", "target"} or what in shape.BASELINES else ""
    if what in shape.BASELINES and organisations not in known.get(of, ()):
        raise fields.wrong("of", f"{of!r} is no measure that is counted by {organisations}")
    return Known(what, of, fields.some("values", ()) if what == "pathway-live" else ())


def target_of(fields: Fields, lines: Mapping[str, Line]) -> Target:
    line = fields.one_of("line", tuple(lines))
    fields = fields.called(f"cell of {line}: ")
    ways = [name for name in ("at", "down") if fields.has(name)]
    if len(ways) != 1:
        raise fields.wrong("at", "a cell is `at` one place, or found `down` a column of keys: one of them is needed")
    texts: dict[str, Any] = {name: fields.take(name, str, "") for name in ("at", "code", "value", "down", "column", "across")}
    for name in ("at", "down", "across"):
        if texts[name] and not re.fullmatch(r"[^!]+![A-Z]{1,3}[1-9][0-9]{0,6}", texts[name]):
            raise fields.wrong(name, f"{texts[name]!r} is no cell: write it as Sheet!B7")
    if texts["down"] and bool(texts["column"]) == bool(texts["across"]):
        raise fields.wrong("column", "beside `down` either the column that is filled, as D, or the keys `across` is needed")
    if texts["column"] and not re.fullmatch(r"[A-Z]{1,3}", texts["column"]):
        raise fields.wrong("column", f"{texts['column']!r} is no column: write it as D")
    keys = fields.table("keys", {})
    found = Target(line, **texts, keys=tuple(keys.rest().items()))
    fields.end()
    return found
