"""A stand-in for GOV.UK Notify on this machine: the same HTTP, the same signatures; nothing leaves. `python -m deploy.local.notify`.

Its page shows what would have been sent; `/stand-in/messages` tells the same to tests. What becomes of a message is told by whom it is for,
with the numbers and addresses by which Notify itself makes believe in its tests, and some more for what those do not reach.
"""

import asyncio
import html
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shared import clock

FATES = {
    "7700900002": "permanent-failure",
    "7700900003": "temporary-failure",
    "7700900004": "technical-failure",
    "perm-fail@simulator.notify": "permanent-failure",
    "temp-fail@simulator.notify": "temporary-failure",
    "tech-fail@simulator.notify": "technical-failure",
}
"""By the last ten digits of a number, or the address; everybody else gets it."""
RETURNED = "Returned Letter House"
"""The line of an address from which letters come back."""
PAGE = 250
RECIPIENTS = {"sms": "phone_number", "email": "email_address"}


class StandIn:
    """What it got, and the HTTP by which it got it. `callback`: (URL, bearer token), None: nobody is told. `after`: seconds until a message
    has its fate. `kept`: a file that outlives it, one line for each message and each change."""  # fmt: skip

    def __init__(self, key: str, callback: tuple[str, str] | None = None, after: float = 1.0, kept: Path | None = None) -> None:
        self._service, self._secret = key[-73:-37], key[-36:]
        self._callback, self._after, self._kept = callback, after, kept
        self.messages: dict[str, dict[str, Any]] = {}
        self._telling: set[asyncio.Task[None]] = set()
        if kept and kept.exists():
            for line in kept.read_text("utf-8").splitlines():
                one = json.loads(line)
                self.messages[one["id"]] = one

    def app(self) -> Starlette:
        """The ASGI app."""
        routes = [
            Route("/v2/notifications/{kind}", self._send, methods=["POST"]),
            Route("/v2/notifications/{id}", self._one),
            Route("/v2/notifications", self._list),
            Route("/stand-in/messages", self._all),
            Route("/ready", self._page),
            Route("/", self._page),
        ]
        return Starlette(routes=routes)

    async def _send(self, request: Request) -> Response:
        if (refused := self._stranger(request)) is not None:
            return refused
        asked, kind = await request.json(), request.path_params["kind"]
        problem = _problem(kind, asked)
        if problem is not None:
            return _error(400, *problem)
        blanks, now = asked["personalisation"], clock.now().isoformat()
        one: dict[str, Any] = {
            "id": str(uuid4()),
            "reference": asked.get("reference"),
            "type": kind,
            "status": "accepted" if kind == "letter" else "sending",
            "phone_number": asked.get("phone_number"),
            "email_address": asked.get("email_address"),
            **{f"line_{number}": blanks.get(f"address_line_{number}") for number in range(1, 8)},
            "subject": blanks.get("subject"),
            "body": blanks["body"],
            "template": {"id": asked["template_id"], "version": 1, "uri": f"/v2/template/{asked['template_id']}"},
            "created_at": now,
            "sent_at": now,
            "completed_at": None,
        }
        self._keep(one)
        task = asyncio.create_task(self._come_true(one))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        content = {"body": one["body"]} | ({"subject": one["subject"]} if kind != "sms" else {})
        told = {"id": one["id"], "reference": one["reference"], "content": content, "template": one["template"]}
        return JSONResponse(told | {"uri": f"/v2/notifications/{one['id']}"}, 201)

    async def _one(self, request: Request) -> Response:
        if (refused := self._stranger(request)) is not None:
            return refused
        with suppress(ValueError):
            if (found := self.messages.get(str(UUID(request.path_params["id"])))) is not None:
                return JSONResponse(found)
            return _error(404, "NoResultFound", "No result found")
        return _error(400, "ValidationError", "id is not a valid UUID")

    async def _list(self, request: Request) -> Response:
        """The newest first, as Notify lists them."""
        if (refused := self._stranger(request)) is not None:
            return refused
        words = request.query_params
        found = list(reversed(self.messages.values()))
        if "older_than" in words:
            places = [place for place, one in enumerate(found) if one["id"] == words["older_than"]]
            found = found[places[0] + 1 :] if places else []
        for name, field in (("reference", "reference"), ("status", "status"), ("template_type", "type")):
            if name in words:
                found = [one for one in found if one[field] in words.getlist(name)]
        return JSONResponse({"notifications": found[:PAGE], "links": {"current": str(request.url)}})

    async def _all(self, _: Request) -> Response:
        return JSONResponse(list(self.messages.values()))

    async def _page(self, _: Request) -> Response:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell or ''))}</td>" for cell in _row(one)) + "</tr>"
            for one in reversed(self.messages.values())
        )
        head = "".join(f"<th scope=col>{name}</th>" for name in ("Sent", "Kind", "To", "Subject", "Text", "Status"))
        title = f"{len(self.messages)} messages that were not sent to anybody"
        style = "body{font:16px sans-serif}td,th{text-align:left;vertical-align:top;padding:6px;border-top:1px solid;white-space:pre-line}"
        page = f"<!doctype html><html lang=en><title>{title}</title><style>{style}</style><h1>{title}</h1>"
        return HTMLResponse(f"{page}<p>A stand-in for GOV.UK Notify.</p><table><tr>{head}</tr>{rows}</table></html>")

    def _stranger(self, request: Request) -> Response | None:
        """The answer to who does not sign as Notify wants it; None: they do."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            known = get_token_issuer(token) == self._service
            decode_jwt_token(token, self._secret)
        except TokenError as error:
            clock_wrong = "expired" in str(error.message) or "future" in str(error.message)
            why = "Error: Your system clock must be accurate to within 30 seconds" if clock_wrong else "Invalid token: API key not found"
            return _error(403, "AuthError", why)
        return None if known else _error(403, "AuthError", "Invalid token: service not found")

    async def _come_true(self, one: dict[str, Any]) -> None:
        """Let it arrive or fail, and tell of it as Notify does: a letter's arrival is not told, one that comes back is."""
        await asyncio.sleep(self._after)
        letter = one["type"] == "letter"
        status = "received" if letter else FATES.get(_recipient(one), "delivered")
        if letter and any(one[f"line_{number}"] == RETURNED for number in range(1, 8)):
            status = "returned-letter"
        one |= {"status": status, "completed_at": clock.now().isoformat()}
        self._keep(one)
        if self._callback is None or status == "received":
            return
        told = {name: one[name] for name in ("id", "reference", "status", "created_at", "completed_at", "sent_at")}
        told |= {"to": one["phone_number"] or one["email_address"], "notification_type": one["type"]}
        if letter:
            told = {"notification_id": one["id"], "reference": one["reference"], "date_sent": one["sent_at"], "sent_by": "API"}
        url, token = self._callback
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            for wait in (1, 2, 4, 8, 0):
                with suppress(httpx.HTTPError):
                    if (await client.post(url, json=told, headers={"Authorization": f"Bearer {token}"})).status_code not in {
                        429,
                        *range(500, 600),
                    }:
                        return
                await asyncio.sleep(wait)

    def _keep(self, one: Mapping[str, Any]) -> None:
        self.messages[one["id"]] = dict(one)
        if self._kept:
            with self._kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(one) + "\n")


def _recipient(one: Mapping[str, Any]) -> str:
    return one["email_address"] or re.sub(r"\D", "", one["phone_number"])[-10:]


def _row(one: Mapping[str, Any]) -> list[str | None]:
    lines = [one[f"line_{number}"] for number in range(1, 8) if one[f"line_{number}"]]
    to = one["phone_number"] or one["email_address"] or "\n".join(lines)
    return [one["created_at"][:19].replace("T", " "), one["type"], to, one["subject"], one["body"], one["status"]]


def _problem(kind: str, asked: Mapping[str, Any]) -> tuple[str, str] | None:
    """What Notify would not take, in its words."""
    blanks = asked.get("personalisation") or {}
    with suppress(ValueError, TypeError):
        UUID(asked.get("template_id"))
        missing = [name for name in (("body",) if kind == "sms" else ("subject", "body")) if not blanks.get(name)]
        if missing:
            return "BadRequestError", f"Missing personalisation: {', '.join(missing)}"
        if kind == "sms":
            digits = re.sub(r"[\s()+-]", "", asked.get("phone_number", ""))
            if not digits.isdigit():
                return "ValidationError", "phone_number Must not contain letters or symbols"
            uk = re.fullmatch(r"(?:0044|44|0)7\d{9}", digits)
            return None if uk else ("ValidationError", "phone_number Not a UK mobile number")
        if kind == "email":
            valid = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", asked.get("email_address", ""))
            return None if valid else ("ValidationError", "email_address Not a valid email address")
        lines = [blanks[f"address_line_{number}"] for number in range(1, 8) if blanks.get(f"address_line_{number}")]
        if len(lines) < 3:
            return "ValidationError", "Address must be at least 3 lines"
        valid = re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}", lines[-1].upper())
        return None if valid else ("ValidationError", "Last line of address must be a real UK postcode or another country")
    return "ValidationError", "template_id is not a valid UUID"


def _error(status: int, name: str, message: str) -> Response:
    return JSONResponse({"status_code": status, "errors": [{"error": name, "message": message}]}, status)


def main() -> None:
    """Serve as the local stack says by NOTIFY_API_KEY, STAND_IN_PORT, STAND_IN_CALLBACK, NOTIFY_CALLBACK_TOKEN and STAND_IN_FILE."""
    given = os.environ
    callback = given["STAND_IN_CALLBACK"], given["NOTIFY_CALLBACK_TOKEN"]
    stand_in = StandIn(given["NOTIFY_API_KEY"], callback, kept=Path(given["STAND_IN_FILE"]))
    uvicorn.run(stand_in.app(), host="127.0.0.1", port=int(given["STAND_IN_PORT"]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
