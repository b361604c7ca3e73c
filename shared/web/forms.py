"""What people write into forms."""

from shared.web.errors import FieldError

REASON = 10, 500
"""Characters that a reason has."""


def reasoned(text: str) -> str:
    """Why somebody says or decides something, on one line. Raises FieldError when it is too short or too long."""
    said = " ".join(text.split())
    if not REASON[0] <= len(said) <= REASON[1]:
        raise FieldError(
            "reason", f"{len(said)} characters", f"say why in {REASON[0]} to {REASON[1]} characters; it is kept with your name"
        )
    return said
