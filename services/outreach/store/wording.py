"""The templates that are shipped, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from services.outreach.rules.wording import Template, parse


@cache
def templates() -> Mapping[str, Template]:
    """By id."""
    folder = files("services.outreach.rules.texts")
    read = [parse(tomllib.loads(file.read_text("utf-8"))) for file in folder.iterdir() if file.name.endswith(".toml")]
    return {one.id: one for one in read}
