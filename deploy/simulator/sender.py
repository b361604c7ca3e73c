"""Sends what the providers emit: over Kafka to `in.<ods>.v1`, and for those without Kafka over HTTPS to `POST /v1/events`."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.simulator.community import HTTPS_SENDERS
from deploy.simulator.faults import Message

BATCH = 500
LARGEST_POST = 4_000_000
"""Bytes; the front door takes 5 MB."""
RETRIES_S = (0.5, 1, 2, 4, 8)


class SendError(Exception):
    """Could not be sent; the message is one line that names the remedy."""


class Target(NamedTuple):
    """Where a stack takes events: Kafka's bootstrap servers, the site's address, and the API keys of those who post, by ODS code."""

    kafka: str
    site: str
    api_keys: Mapping[str, str]


class Sender:
    """An open connection to a stack: `async with Sender(target) as sender: await sender.send(messages)`."""

    def __init__(self, target: Target) -> None:
        missing = HTTPS_SENDERS - target.api_keys.keys()
        if missing:
            raise SendError(f"no API key of {', '.join(sorted(missing))}: make one with `clockstop provider add`")
        self._target = target

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(bootstrap_servers=self._target.kafka, acks="all", enable_idempotence=True, linger_ms=5)
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise SendError(f"Kafka at {self._target.kafka} does not answer: {error}") from None
        self._http = httpx.AsyncClient(base_url=self._target.site, timeout=30)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()
        await self._producer.stop()

    async def send(self, messages: Iterable[Message]) -> int:
        """Send all, in each provider's order; returns how many once every one is confirmed. SendError when one cannot be."""
        total, rest = 0, iter(messages)
        while batch := list(islice(rest, BATCH)):
            posted = [item for item in batch if item.provider in HTTPS_SENDERS]
            await asyncio.gather(self._produce([item for item in batch if item.provider not in HTTPS_SENDERS]), self._post(posted))
            total += len(batch)
        return total

    async def _produce(self, messages: Sequence[Message]) -> None:
        try:
            sent: list[Any] = [
                await self._producer.send(f"in.{item.provider.lower()}.v1", item.body, key=item.key.encode()) for item in messages
            ]
            await asyncio.gather(*sent)
        except KafkaError as error:
            raise SendError(f"Kafka did not take an event ({error!r}): is every provider added?") from None

    async def _post(self, messages: Sequence[Message]) -> None:
        for provider in dict.fromkeys(item.provider for item in messages):
            for body in _ndjson(item.body for item in messages if item.provider == provider):
                await self._post_body(provider, body)

    async def _post_body(self, provider: str, body: bytes) -> None:
        """Repeated while the site is away or busy: the front door knows an event by its id, so nothing is counted twice."""
        headers = {"Authorization": f"Bearer {self._target.api_keys[provider]}", "Content-Type": "application/x-ndjson"}
        answer = "no answer"
        for wait in (*RETRIES_S, None):
            try:
                response = await self._http.post("/v1/events", content=body, headers=headers)
                answer = f"{response.status_code} {response.text[:200]}"
            except httpx.TransportError as error:
                answer = repr(error)
            else:
                if response.status_code == 202:
                    return
                if response.status_code < 500 and response.status_code != 429:
                    break
            if wait is not None:
                await asyncio.sleep(wait)
        raise SendError(f"{self._target.site}/v1/events did not take the events of {provider}: {answer}")


def _ndjson(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Events as lines, as many together as a post may hold; what is not a whole object is posted alone, in its place."""
    lines: list[bytes] = []
    size = 0
    for body in bodies:
        whole = body.startswith(b"{") and body.endswith(b"}")
        if lines and (not whole or size + len(body) > LARGEST_POST):
            yield b"\n".join(lines)
            lines, size = [], 0
        if whole:
            lines.append(body)
            size += len(body) + 1
        else:
            yield body
    if lines:
        yield b"\n".join(lines)


async def send(target: Target, messages: Iterable[Message], rate: float | None = None) -> int:
    """Send all; with a `rate`, that many a second. Returns how many were sent; SendError when one could not be."""
    async with Sender(target) as sender:
        if rate is None:
            return await sender.send(messages)
        loop = asyncio.get_running_loop()
        began = loop.time()
        number = 0
        for number, item in enumerate(messages, 1):
            await sender.send([item])
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        return number
