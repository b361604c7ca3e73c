"""MESH, by NHS England's own client: a return to a mailbox, what became of it, and what lies in our own inbox.

Four things make sure that nothing goes twice. Our own id goes with each message, and MESH is asked for it before one in doubt is tried
again. The client tries nothing again by itself, and follows no redirect. A request is signed as of the instant at which it was intended:
MESH refuses what was signed more than two hours ago, so a process that was stopped in the middle gets nothing through when it goes on later
than `certain_after`. And that MESH does not know our id counts only where it knows the id of another message of ours at the same moment:
asking by one's own id is deprecated, and may one day be answered as if nothing were there.
"""

import asyncio
import contextlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import requests
from mesh_client import MeshClient
from urllib3.exceptions import MaxRetryError, NewConnectionError

from services.reporting.publish.transport import CannotTellError, DoubtError, Known, Letter, NotTakenError
from services.reporting.rules.submissions import HANDSHAKE_HOLDS

T = TypeVar("T")
SECONDS = (5.0, 30.0)
"""To connect, and to wait for each part of an answer."""
CHUNK_BYTES = 10_000_000
"""MESH takes at most 20 MB in one request over the internet, and at least 5 MB in each but the last."""


class Account(NamedTuple):
    """Our mailbox. `certificate`: PEM files of it and of its key; `authority`: of who signed MESH's (None: as the client knows it)."""

    url: str
    mailbox: str
    password: str
    shared_key: str
    workflow: str
    recipients: Sequence[str]
    certificate: tuple[str, str] | None = None
    authority: str | None = None


class Received(NamedTuple):
    """A message in our own inbox, without its content. `about`: the id of the message that a report is about."""

    message_id: str
    is_report: bool
    sender: str
    workflow: str
    file_name: str
    local_id: str
    about: str
    detail: str


class Mesh:
    """MESH over HTTP. Its client is no part of an event loop, so each call has a thread, and a client and connection of its own."""

    certain_after = timedelta(hours=2, minutes=30)
    tracks = True

    def __init__(self, account: Account, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._account, self._chunk_bytes = account, chunk_bytes
        self._shaken_at: datetime | None = None

    @property
    def mailbox(self) -> str:
        return self._account.mailbox

    def is_open(self, now: datetime) -> bool:
        """A mailbox that did not shake hands may be wrong in everything: nothing is risked."""
        return self._shaken_at is not None and self._shaken_at <= now < self._shaken_at + HANDSHAKE_HOLDS

    def refusal(self, recipient: str) -> str | None:
        return None if recipient in self._account.recipients else f"mailbox {recipient} is not in MESH_RECIPIENTS"

    async def handshake(self, now: datetime) -> None:
        """Tell MESH that we are there. Raises DoubtError."""
        await self._ask(now, lambda client: client.handshake())  # type: ignore[no-untyped-call]
        self._shaken_at = now

    async def send(self, letter: Letter) -> Known:
        """The first part alone, which is all of most returns."""

        def call(client: "_Client") -> requests.Response:
            first, total = letter.content[: self._chunk_bytes], self._chunks(letter)
            return client.send_chunk(letter.recipient, first, 1, total, compress=False, message_id=None, **self._headers(letter))

        try:
            answer = await asyncio.to_thread(self._with_client, letter.signed_at, call)
            if answer.status_code in {200, 202}:
                status = "accepted" if self._chunks(letter) == 1 else "uploading"
                return Known(str(answer.json()["message_id"]), status)
        except requests.RequestException as error:
            if _never_connected(error):
                raise NotTakenError(f"MESH cannot be reached ({type(error).__name__})") from None
            raise DoubtError(_told(error)) from None
        except (KeyError, ValueError, TypeError):
            raise DoubtError("MESH answered, but not with an id") from None
        if 400 <= answer.status_code < 500:
            raise NotTakenError(f"MESH answered {answer.status_code}: {_said(answer)}")
        raise DoubtError(f"MESH answered {answer.status_code}")

    async def complete(self, message_id: str, letter: Letter) -> None:
        def call(client: "_Client") -> None:
            total = self._chunks(letter)
            for number in range(2, total + 1):
                part = letter.content[(number - 1) * self._chunk_bytes : number * self._chunk_bytes]
                client.send_chunk(letter.recipient, part, number, total, message_id=message_id)

        await self._ask(letter.signed_at, call)

    async def find(self, letter: Letter, witness: str | None, now: datetime) -> Known | None:
        known = await self._ask(now, lambda client: client.track_local_id(letter.local_id))
        if known is not None:
            return known
        if witness is None or await self._ask(now, lambda client: client.track_local_id(witness)) is None:
            raise CannotTellError("MESH does not know our id, nor that of another message which it has")
        return None

    async def track(self, message_id: str, now: datetime) -> Known | None:
        return await self._ask(now, lambda client: client.track_message_id(message_id))

    async def inbox(self, now: datetime) -> list[str]:
        """The ids of all messages in our inbox. Raises DoubtError."""
        return await self._ask(now, lambda client: list(client.iterate_message_ids()))

    async def read(self, message_id: str, now: datetime) -> Received | None:
        """What is said of one on its envelope; None: it is gone. It stays there. Raises DoubtError."""
        return await self._ask(now, lambda client: client.envelope(message_id))

    async def acknowledge(self, message_id: str, now: datetime) -> None:
        """Take one out of our inbox. Twice is harmless. Raises DoubtError."""
        await self._ask(now, lambda client: client.acknowledge(message_id))

    def _chunks(self, letter: Letter) -> int:
        return max(1, -(-len(letter.content) // self._chunk_bytes))

    def _headers(self, letter: Letter) -> dict[str, str]:
        named = {"workflow_id": self._account.workflow, "filename": letter.file_name, "local_id": letter.local_id, "subject": letter.name}
        return named | {"checksum": f"sha256:{letter.sha256}", "content_type": "application/octet-stream"}

    def _with_client(self, signed_at: datetime, call: "Callable[[_Client], T]") -> T:
        with _Client(self._account, signed_at) as client:
            return call(client)

    async def _ask(self, signed_at: datetime, call: "Callable[[_Client], T]") -> T:
        """Whatever fails here leaves doubt, and is asked again."""
        try:
            return await asyncio.to_thread(self._with_client, signed_at, call)
        except requests.RequestException as error:
            raise DoubtError(_told(error)) from None
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise DoubtError(f"MESH's answer cannot be read ({type(error).__name__})") from None


class _Client(MeshClient):
    """Signs as of a given instant, tries nothing again, and goes nowhere but where it is sent."""

    def __init__(self, account: Account, signed_at: datetime) -> None:
        super().__init__(
            account.url,
            account.mailbox,
            account.password,
            shared_key=account.shared_key.encode(),
            cert=account.certificate,
            verify=account.authority,
            max_retries=0,
            timeout=SECONDS,  # type: ignore[arg-type]  # passed on to requests, which takes both
            application_name="clockstop",
        )
        self._session.auth = _Signed(account, signed_at)
        self._session.trust_env = False
        self._session.max_redirects = 0

    def track_local_id(self, local_id: str) -> Known | None:
        return _known(self._session.get(f"{self.mailbox_url}/outbox/tracking/{local_id}", timeout=SECONDS), "localId", local_id)

    def track_message_id(self, message_id: str) -> Known | None:
        answer = self._session.get(f"{self.mailbox_url}/outbox/tracking", params={"messageID": message_id}, timeout=SECONDS)
        return _known(answer, "message_id", message_id)

    def envelope(self, message_id: str) -> Received | None:
        try:
            message = self.retrieve_message(message_id)
        except requests.HTTPError as error:
            if _status(error) in {404, 410}:
                return None
            raise
        with contextlib.closing(message):
            about, detail = message.mex_header("linkedmsgid") or "", message.mex_header("statusdescription") or ""
            sender, workflow, file_name, local_id = (
                part or "" for part in (message.sender, message.workflow_id, message.filename, message.local_id)
            )
            return Received(message_id, message.message_type == "REPORT", sender, workflow, file_name, local_id, about, detail)

    def acknowledge(self, message_id: str) -> None:
        try:
            self.acknowledge_message(message_id)
        except requests.HTTPError as error:
            if _status(error) not in {404, 410}:
                raise


class _Signed(requests.auth.AuthBase):
    """The header that MESH wants, as of one instant: it refuses those of other hours."""

    def __init__(self, account: Account, at: datetime) -> None:
        self._account, self._stamp = account, f"{at:%Y%m%d%H%M}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        mailbox, nonce = self._account.mailbox, uuid4()
        secret = f"{mailbox}:{nonce}:0:{self._account.password}:{self._stamp}"
        digest = hmac.new(self._account.shared_key.encode(), secret.encode(), sha256).hexdigest()
        request.headers["Authorization"] = f"NHSMESH {mailbox}:{nonce}:0:{self._stamp}:{digest}"
        return request


def _known(answer: requests.Response, named: str, wanted: str) -> Known | None:
    """What tracking told. MESH says of what it has not: 404, and has said 403 too, which is also said to a stranger."""
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    message_id = told.get("message_id") or told.get("messageId")
    if answer.status_code != 200 or not message_id or str(told.get(named)).upper() != wanted.upper():
        raise ValueError("not what was asked for")
    detail = told.get("status_description") or told.get("failureDiagnostic") or ""
    return Known(str(message_id), str(told.get("status", "")).lower(), str(detail))


def _never_connected(error: requests.RequestException) -> bool:
    """Whether nothing at all can have left."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _status(error: requests.RequestException) -> int | None:
    return None if error.response is None else error.response.status_code


def _told(error: requests.RequestException) -> str:
    return "no answer" if error.response is None else f"MESH answered {_status(error)}"


def _said(answer: requests.Response) -> str:
    """What a refusal says of itself, in one line."""
    try:
        told = answer.json()
    except json.JSONDecodeError:
        return "without words"
    if isinstance(told, dict) and isinstance(told.get("detail"), list) and told["detail"]:
        return str(told["detail"][0].get("msg", ""))[:200]
    return str(told.get("errorDescription", "") if isinstance(told, dict) else "")[:200] or "without words"
