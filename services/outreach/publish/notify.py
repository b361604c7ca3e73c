"""GOV.UK Notify, by its own client: text, e-mail, letter; what became of one, by our reference or by Notify's id.

Three things make sure that nothing goes twice. Our reference goes with each message, and Notify is asked for it before a message in doubt
is tried again. The client tries nothing again by itself, and follows no redirect. And a request is signed as of the instant at which it was
intended, not of the one at which it leaves: Notify refuses what was signed more than 30 seconds ago (or ahead), so neither a process that
was stopped in the middle, nor a machine whose clock is wrong, gets through later or earlier than it should.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import jwt
from notifications_python_client import NotificationsAPIClient
from notifications_python_client.errors import APIError

logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)  # it logs answers, which may repeat a number or an address
SECONDS = (1.5, 2.5)
"""To connect, and to wait for each part of the answer."""
NOT_TAKEN = {
    400: "the templates, or what the key may do, are not as docs/operate.md says",
    403: "not our key, or our clock is wrong",
    429: "too many at once",
}
"""Answers that certainly mean that Notify has not got it, and may get it another time."""


class NotTakenError(Exception):
    """Notify did certainly not take it, and may another time: our key, our clock, its limits."""


class WrongRecipientError(Exception):
    """Notify will never take it: what it was given is no number or address that it can send to."""


class DoubtError(Exception):
    """No answer, or none that says whether Notify has it."""


class Message(NamedTuple):
    """What goes out. `to`: a telephone number, an e-mail address, or the lines of an address, ended by line feeds."""

    reference: str
    channel: str
    to: str
    subject: str
    body: str
    signed_at: datetime


class Known(NamedTuple):
    """What Notify says of one message."""

    notify_id: str
    status: str


class Notify(Protocol):
    """The port. Nothing that it raises holds anything of a person."""

    async def send(self, message: Message) -> str:
        """Hand a message over; returns Notify's id. Raises NotTakenError, WrongRecipientError, DoubtError."""
        ...

    async def find(self, reference: str, now: datetime) -> Known | None:
        """What became of our reference; None: Notify has not got it. Raises DoubtError."""
        ...

    async def status(self, notify_id: str, now: datetime) -> str | None:
        """What became of it; None: Notify does not know it any more. Raises DoubtError."""
        ...


class Templates(NamedTuple):
    """The three templates at Notify, by id: each is nothing but the blanks ((subject)) and ((body)), of a text ((body)) alone."""

    text: str
    email: str
    letter: str


class GovUkNotify:
    """Notify over HTTP. Its client is no part of an event loop, so each call has a thread, and a client of its own."""

    def __init__(self, url: str, key: str, templates: Templates) -> None:
        self._url, self._key, self._templates = url, key, templates

    async def send(self, message: Message) -> str:
        try:
            answer = await asyncio.to_thread(self._send, message)
            return str(answer["id"])
        except APIError as error:
            status, wrong = _status(error), _is_about_recipient(error)
        except Exception:  # noqa: BLE001  # whatever it was, its text may hold a number or an address
            status, wrong = None, False
        if status == 400 and wrong:
            raise WrongRecipientError("Notify cannot send to this recipient")
        if status in NOT_TAKEN:
            raise NotTakenError(f"Notify answered {status}: {NOT_TAKEN[status]}")
        raise DoubtError("no answer" if status is None else f"Notify answered {status}")

    def _send(self, message: Message) -> Mapping[str, Any]:
        client = _Client(self._key, self._url, message.signed_at)
        blanks = {"body": message.body} | ({"subject": message.subject} if message.channel != "text" else {})
        with client.request_session:
            answer: Mapping[str, Any]
            if message.channel == "text":
                answer = client.send_sms_notification(message.to, self._templates.text, blanks, message.reference)
            elif message.channel == "email":
                answer = client.send_email_notification(message.to, self._templates.email, blanks, message.reference)
            else:
                blanks |= {f"address_line_{number}": line for number, line in enumerate(message.to.splitlines(), 1)}
                answer = client.send_letter_notification(self._templates.letter, blanks, message.reference)
            return answer

    async def find(self, reference: str, now: datetime) -> Known | None:
        found = await self._ask(now, "get_all_notifications", reference=reference)
        listed = [Known(one["id"], one["status"]) for one in found["notifications"] if one["reference"] == reference]
        return listed[-1] if listed else None  # the newest comes first

    async def status(self, notify_id: str, now: datetime) -> str | None:
        found = await self._ask(now, "get_notification_by_id", id=notify_id)
        return str(found["status"]) if found else None

    async def _ask(self, now: datetime, method: str, **words: str) -> Mapping[str, Any]:
        """{} for what Notify does not know."""

        def call() -> Mapping[str, Any]:
            client = _Client(self._key, self._url, now)
            with client.request_session:
                answer: Mapping[str, Any] = getattr(client, method)(**words)
                return answer

        try:
            return await asyncio.to_thread(call)
        except APIError as error:
            if _status(error) == 404 and method == "get_notification_by_id":
                return {}
        except Exception as error:  # noqa: BLE001  # as above
            raise DoubtError(f"no answer ({type(error).__name__})") from None
        raise DoubtError("Notify does not tell")


def _status(error: APIError) -> int | None:
    """None: nothing was answered, for which the client itself says 503."""
    return None if getattr(error, "response", None) is None else int(error.status_code)


def _is_about_recipient(error: APIError) -> bool:
    """Of a 400: whether a number or an address is at fault, and not the template, the key or the service's rights."""
    told = error.message if isinstance(error.message, list) else []
    return any(one.get("error") == "ValidationError" and not str(one.get("message", "")).startswith("template_id") for one in told)


class _Client(NotificationsAPIClient):  # type: ignore[misc]  # it carries no types
    """Signs as of a given instant, and goes nowhere but where it is sent."""

    def __init__(self, key: str, url: str, signed_at: datetime) -> None:
        super().__init__(key, base_url=url, timeout=SECONDS)
        self._signed_at = int(signed_at.timestamp())
        self.request_session.trust_env = False
        self.request_session.max_redirects = 0

    def _create_request_objects(self, url: str, data: Any, params: Any) -> tuple[str, dict[str, Any]]:
        url, kwargs = super()._create_request_objects(url, data, params)
        token = jwt.encode({"iss": self.service_id, "iat": self._signed_at}, self.api_key, algorithm="HS256")
        return url, kwargs | {"headers": self.generate_headers(token)}
