"""The golden schemas: what every type of event looked like when it was last agreed. `python -m tests.contract.golden` renews them.

A breaking change is not renewed: it needs a new major type, side by side with the old one (10-events).
"""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from shared.events.contracts import CONTRACTS, Contract
from tests.contract.compatibility import breaks

FOLDER = Path(str(files("shared.events"))) / "schemas"
COMMAND = "python -m tests.contract.golden"


def golden(contract: Contract, folder: Path = FOLDER) -> dict[str, Any] | None:
    """The schema last agreed, or None."""
    file = folder / f"{contract.name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def broken(contract: Contract, folder: Path = FOLDER) -> list[str]:
    """What today's model refuses of what the golden schema took, one line each, with the readers it concerns."""
    agreed = golden(contract, folder)
    return [] if agreed is None else [f"{contract.name}: {what} ({contract.readers})" for what in breaks(agreed, contract.schema)]


def orphans(folder: Path = FOLDER) -> list[str]:
    """Schemas that no model stands behind any more."""
    return sorted({file.stem for file in folder.iterdir()} - {contract.name for contract in CONTRACTS})


def renew(folder: Path = FOLDER) -> Iterator[str]:
    """Write every schema that changed without breaking anything; yields what was left as it is, and why."""
    for contract in CONTRACTS:
        if refused := broken(contract, folder):
            yield from refused
        else:
            (folder / f"{contract.name}.json").write_text(json.dumps(contract.schema, indent=2, sort_keys=True) + "\n", "utf-8")
    yield from (f"{name}: its model is gone" for name in orphans(folder))


if __name__ == "__main__":
    if left := list(renew()):
        print(*left, "A breaking change needs a new major type, beside the old one.", sep="\n", file=sys.stderr)
        sys.exit(1)
