"""The definitions of returns: the TOML files beside this module, and those that the process took in (`store/definitions.py`)."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from services.reporting.rules.measures import FAMILIES, MEASURES, Family
from services.reporting.rules.returns.definition import Definition, parse
from services.reporting.rules.returns.lines import FOOTPRINT, PCN, Measured
from services.reporting.rules.returns.sources import KnownMeasures

TEMPLATE = "template"


@cache
def texts() -> Mapping[str, str]:
    """By file name without its ending, the template among them."""
    found = {
        file.name: file.read_text("utf-8") for file in files("services.reporting.rules.returns").iterdir() if file.name.endswith(".toml")
    }
    return {name.removesuffix(".toml"): found[name] for name in sorted(found)}


@cache
def known() -> KnownMeasures:
    """What a definition may name: by measure, the levels it is counted at; what is by PCN is by footprint too."""
    return {
        measure.id: family.levels | ({FOOTPRINT} if PCN in family.levels else frozenset())
        for family in FAMILIES
        for measure in family.measures
    }


@cache
def shipped_texts() -> Mapping[tuple[str, int], str]:
    """By id and version. The template is for writing others."""
    found = [(parse(text, known()), text) for name, text in texts().items() if name != TEMPLATE]
    return {(stated.id, stated.version): text for stated, text in found}


@cache
def shipped() -> Mapping[tuple[str, int], Definition]:
    """The same, read."""
    return {key: parse(text, known()) for key, text in shipped_texts().items()}


_added: dict[tuple[str, int], Definition] = {}


def take_in(added: Mapping[tuple[str, int], str]) -> None:
    """Texts by id and version, beside those that are shipped; what is known already is not read again."""
    _added.update({key: parse(text, known()) for key, text in added.items() if key not in _added})


def definitions() -> Mapping[tuple[str, int], Definition]:
    """All there are, by id and version."""
    return {**_added, **shipped()}


def definition(name: str, version: int | None = None) -> Definition:
    """By id, its newest version unless one is asked for. ValueError naming those there are."""
    versions = [number for known_id, number in definitions() if known_id == name]
    if not versions or (version is not None and version not in versions):
        raise ValueError(f"no return is called {name!r}: there is {', '.join(one.key for one in definitions().values())}")
    return definitions()[name, max(versions) if version is None else version]


def families(stated: Definition) -> list[Family]:
    """The families of measures that a return counts."""
    asked = {line.source.measure for line in stated.lines if isinstance(line.source, Measured)}
    parts = {part for name in asked for part in (MEASURES[name].figure.numerator, MEASURES[name].figure.denominator)}
    return [family for family in FAMILIES if (asked | parts) & {measure.id for measure in family.measures}]
