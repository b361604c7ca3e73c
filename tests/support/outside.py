"""The world outside, small and real: a mail server and a web server on loopback ports, which keep what they are sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What an SMTP server took. While `refuses` is set it takes nothing."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mailbox\r\n")
        try:
            while line := await reader.readline():
                match line.strip().upper().split(b" ")[0]:
                    case b"EHLO":
                        writer.write(b"250 mailbox\r\n")
                    case b"RCPT" if self.refuses:
                        writer.write(b"451 not now\r\n")
                    case b"DATA":
                        writer.write(b"354 go on\r\n")
                        content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                        self.messages.append(message_from_bytes(content, policy=policy.default))
                        writer.write(b"250 taken\r\n")
                    case b"QUIT":
                        writer.write(b"221 bye\r\n")
                        return
                    case _:
                        writer.write(b"250 ok\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class Hook:
    """What a web server was sent: path, headers and body of each request. It answers `status`, or nothing at all while it is None."""

    port: int = 0
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int | None = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?sig=hidden"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readline()).decode().split(" ")[1]
            headers = {}
            while line := (await reader.readline()).decode().strip():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.calls.append((path, headers, body))
            if self.status is None:
                await reader.read()  # until the other side gives up
            else:
                place = "Location: http://127.0.0.1:1/elsewhere\r\n" if self.status == 302 else ""
                writer.write(f"HTTP/1.1 {self.status} X\r\n{place}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError, IndexError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    async with await asyncio.start_server(box.serve, "127.0.0.1", 0) as server:
        box.port = server.sockets[0].getsockname()[1]
        yield box


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    there = Hook()
    async with await asyncio.start_server(there.serve, "127.0.0.1", 0) as server:
        there.port = server.sockets[0].getsockname()[1]
        yield there
