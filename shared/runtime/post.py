"""Telling the world outside: e-mail over SMTP and signed HTTPS calls, to hosts that somebody allowed, in a few seconds or not at all."""

import asyncio
import hashlib
import hmac
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Collection
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from shared import clock as wall

STEP_SECONDS = 1.5
"""One step of a conversation; the whole of it is limited by whoever sends."""
ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")


class RefusedError(Exception):
    """The other side did not take it, or it may not be sent there; one line without the address, which may hold a secret."""


class MailServer(NamedTuple):
    """How to reach it. `security`: `tls` from the start, `starttls`, or `none`, on a loopback address alone."""

    host: str
    port: int
    security: str
    sender: str
    username: str | None = None
    password: str | None = None


def problem_with(server: MailServer) -> str | None:
    """Why mail cannot go this way; None: it can."""
    if server.security not in {"tls", "starttls", "none"}:
        return "write tls, starttls or none"
    if server.security == "none" and not is_loopback(server.host):
        return "none is for a mail server on this machine alone: use starttls or tls"
    return None


async def send_mail(server: MailServer, to: str, subject: str, text: str, key: str) -> None:
    """Send one message, named by `key` so that one that comes twice is known. Raises when the server does not take it."""
    message = EmailMessage()
    message["From"], message["To"] = server.sender, to
    message["Subject"] = " ".join(subject.split())[:200]
    message["Date"] = format_datetime(wall.now())
    message["Message-ID"] = f"<{key}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    await asyncio.to_thread(_deliver, server, message)


def _deliver(server: MailServer, message: EmailMessage) -> None:
    trusted = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=STEP_SECONDS, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=STEP_SECONDS)
    with smtp:
        if server.security == "starttls":
            smtp.starttls(context=trusted)
        if server.username:
            smtp.login(server.username, server.password or "")
        smtp.send_message(message)


def refusal(url: str, hosts: Collection[str]) -> str | None:
    """Why nothing may be sent to this URL; None: it may.

    `hosts` are names, with `:port` unless it is 443; one that begins with a dot stands for every name below it. HTTPS alone, but
    for a loopback address that is named there, whose ports are all meant.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "not an address"
    if parts.username is not None or parts.fragment or not host or any(not "!" <= char <= "~" for char in url):
        return "not an address of a webhook: write it as https://host/path"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return "only https is called"
    place = host if port in {None, 443} else f"{host}:{port}"
    if place in hosts or (is_loopback(host) and host in hosts) or any(name.startswith(".") and place.endswith(name) for name in hosts):
        return None
    return f"the host {place[:80]} is not one that may be called: ask whoever runs Clockstop to allow it"


async def post(client: httpx.AsyncClient, url: str, hosts: Collection[str], body: bytes, key: str, secret: str) -> None:
    """POST JSON, signed. Follows no redirect. Raises RefusedError unless the answer is 2xx."""
    if (why := refusal(url, hosts)) is not None:
        raise RefusedError(why)
    at = str(int(wall.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "Clockstop-Signature": f"t={at},v1={signature(secret, at, body)}",
    }
    try:
        answer = await client.post(url, content=body, headers=headers, follow_redirects=False, timeout=STEP_SECONDS * 2)
    except httpx.HTTPError as error:
        raise RefusedError(f"no answer ({type(error).__name__})") from None
    if not answer.is_success:
        raise RefusedError(f"answered {answer.status_code}")


def signature(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of the seconds since 1970, a full stop, and the body: whoever shares the secret can make sure."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
