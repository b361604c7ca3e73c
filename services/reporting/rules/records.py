"""What several readings of a person's records share."""

from typing import Any

from services.reporting.rules.codes import ATTENDED, DIRECT, REFUSED

Data = dict[str, Any]
Row = dict[str, Any]


def direct(contact: Data) -> bool:
    """W10."""
    return contact.get("attendance") in ATTENDED and contact.get("medium") in DIRECT


def coded(code: str) -> tuple[str, bool]:
    """The concept, and whether what stands after the colon says that it was refused."""
    head, _, refinement = code.partition(":")
    whole = "".join(letter if letter.isdigit() else " " for letter in refinement).split()
    return head.partition("|")[0].strip(), REFUSED in whole
