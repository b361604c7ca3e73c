"""The port through which a return leaves: what is sent, what may be learned of it, and in which ways a try can fail."""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol


class NotTakenError(Exception):
    """The other side did certainly not take it, and may another time."""


class DoubtError(Exception):
    """No answer, or none that says whether it was taken."""


class CannotTellError(DoubtError):
    """It was asked, and its answer settles nothing: to ask again will not help."""


class Letter(NamedTuple):
    """What goes out. `local_id` is our own name for it; `name` carries return and version; `signed_at` is the instant of the intent."""

    local_id: str
    recipient: str
    name: str
    file_name: str
    sha256: str
    content: bytes
    signed_at: datetime


class Known(NamedTuple):
    """What the other side says of one. `status`: uploading, accepted, acknowledged, undeliverable, error."""

    message_id: str
    status: str
    detail: str = ""


class Transport(Protocol):
    """One way out. `certain_after`: so long after its intent what is not there will not come any more. `tracks`: whether anything is to be
    learned after it arrived."""  # fmt: skip

    certain_after: timedelta
    tracks: bool

    def is_open(self, now: datetime) -> bool:
        """Whether anything may be sent now."""
        ...

    def refusal(self, recipient: str) -> str | None:
        """Why nothing goes to this recipient; None: it may."""
        ...

    async def send(self, letter: Letter) -> Known:
        """Hand it over, once. Raises NotTakenError, DoubtError."""
        ...

    async def find(self, letter: Letter, witness: str | None, now: datetime) -> Known | None:
        """What became of what we know by our own id alone; None: it is not there. `witness` is the local id of another one, of which it is
        certain that it is there. Raises DoubtError, CannotTellError."""  # fmt: skip
        ...

    async def track(self, message_id: str, now: datetime) -> Known | None:
        """What became of it; None: it is not known any more. Raises DoubtError."""
        ...

    async def complete(self, message_id: str, letter: Letter) -> None:
        """Hand over what is lacking of one whose first part was taken. Twice is harmless. Raises DoubtError."""
        ...
