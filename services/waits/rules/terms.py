"""What facts are read by: a definition, the reference data, and the end of a London day."""

from dataclasses import dataclass
from datetime import date

from services.waits.rules.definition import Definition
from services.waits.rules.reference import Reference


@dataclass(frozen=True, slots=True)
class Terms:
    definition: Definition
    reference: Reference
    at: date  # what is dated later has not happened yet
