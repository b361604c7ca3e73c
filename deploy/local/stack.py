"""What is known about the stack of one directory: where its parts listen, which processes they are, its secrets.

`secrets.json` is made once and kept; `stack.json` describes the run that is on now. They are readable by their owner only.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from deploy.local import mesh
from deploy.local.errors import StackError
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.process import Identity
from shared.clock import now
from shared.runtime.commands import SETTINGS_FILE

SERVICES = ("referrals", "waits", "outreach", "reporting")
"""The services that have a role, a schema, a worker and migrations of their own, in the order in which they start."""
DATABASE = "clockstop"
NOTIFY_KEY = "local-00000000-0000-4000-8000-000000000001-00000000-0000-4000-8000-000000000002"
"""For the stand-in, which serves nobody else: no secret. As Notify's: a name, the service, the key."""
NOTIFY_TEMPLATES = {kind: f"00000000-0000-4000-8000-00000000001{digit}" for digit, kind in enumerate(("TEXT", "EMAIL", "LETTER"))}


class Secrets(BaseModel):
    """Passwords and keys of one stack; keys are 32 bytes in hexadecimal."""

    model_config = ConfigDict(frozen=True)

    admin_password: str = Field(default_factory=secrets.token_urlsafe)
    passwords: dict[str, str] = Field(default_factory=lambda: {service: secrets.token_urlsafe() for service in SERVICES})
    lookup_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    vault_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    session_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    vault_api_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    callback_token: str = Field(default_factory=lambda: secrets.token_hex(32))

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Those of this directory, made at the first call; what a newer version wants besides is made when it is first asked for."""
        file = directory / "secrets.json"
        known = file.read_text("utf-8") if file.exists() else "{}"
        kept = cls.model_validate_json(known)
        kept = kept.model_copy(update={"passwords": {service: secrets.token_urlsafe() for service in SERVICES} | kept.passwords})
        if (text := kept.model_dump_json(indent=2)) != known:
            _write(file, text)
        return kept


class Stack(BaseModel):
    """One run of the stack. Its supervisor keeps `processes` up to date; `ready` is set when everything answers."""

    directory: Path = Field(exclude=True)
    secrets: Secrets = Field(exclude=True)
    supervisor: Identity
    started_at: AwareDatetime
    ready: bool = False
    owns_kafka: bool = Field(description="false: the environment named one that was there")
    owns_postgres: bool
    kafka: str = Field(description="bootstrap servers")
    maintenance_url: str = Field(description="PostgreSQL as administrator, before our database exists")
    database_urls: dict[str, str] = Field(description="our database by service, and as `admin`")
    metrics_urls: dict[str, str] = Field(description="where each service's worker, and the site, serve /metrics")
    site_url: str
    vault_url: str = Field(description="the vault's internal API, which the worker of referrals serves")
    notify_url: str = Field(description="the stand-in for GOV.UK Notify; its page shows what would have been sent")
    mesh_url: str | None = Field(default=None, description="the sandbox of MESH; none: returns go by file alone")
    processes: dict[str, Identity] = {}

    @classmethod
    def plan(cls, directory: Path, port: int | None, environment: Mapping[str, str], *, with_mesh: bool = False) -> Self:
        """A new run in this directory, of this process, on free ports; Kafka and PostgreSQL as the environment says, else our own."""
        if port and not is_free(port):
            raise StackError(f"port {port} is taken: choose another with --port, or leave it out")
        kept = Secrets.of(directory)
        own = f"postgresql://postgres:{kept.admin_password}@{LOOPBACK}:{free_port()}/postgres"
        maintenance = environment.get("DATABASE_URL") or own
        admin = database_url(maintenance, DATABASE)
        return cls.model_validate(
            {
                "directory": directory,
                "secrets": kept,
                "supervisor": Identity.of(os.getpid()),
                "started_at": now(),
                "owns_kafka": not environment.get("KAFKA_BOOTSTRAP_SERVERS"),
                "owns_postgres": not environment.get("DATABASE_URL"),
                "kafka": environment.get("KAFKA_BOOTSTRAP_SERVERS") or f"{LOOPBACK}:{free_port()}",
                "maintenance_url": maintenance,
                "database_urls": {"admin": admin}
                | {service: database_url(admin, DATABASE, role(service), kept.passwords[service]) for service in SERVICES},
                "metrics_urls": {name: f"http://{LOOPBACK}:{free_port()}" for name in (*SERVICES, "site")},
                "site_url": f"http://{LOOPBACK}:{port or free_port()}",
                "vault_url": f"http://{LOOPBACK}:{free_port()}",
                "notify_url": f"http://{LOOPBACK}:{free_port()}",
                "mesh_url": f"http://{LOOPBACK}:{free_port()}" if with_mesh else None,
            }
        )

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The stack that runs in this directory. StackError when none does."""
        stack = cls.last(directory)
        if stack is None or not stack.supervisor.alive():
            raise StackError(f"nothing runs in {directory}: start it with `clockstop up --dir {directory}`")
        return stack

    @classmethod
    def last(cls, directory: Path) -> Self | None:
        """The run that this directory knows of, running or left behind by a supervisor that was killed."""
        directory = directory.resolve()
        try:
            known = json.loads((directory / "stack.json").read_text("utf-8"))
            return cls.model_validate(known | {"directory": directory, "secrets": Secrets.of(directory)})
        except FileNotFoundError:
            return None
        except (ValueError, ValidationError):
            raise StackError(f"{directory / 'stack.json'} is not readable: stop what runs there and remove it") from None

    def now_runs(self, processes: dict[str, Identity]) -> None:
        """Take down which processes there are."""
        self.processes = processes
        self.save()

    def is_ready(self) -> None:
        self.ready = True
        self.save()

    def save(self) -> None:
        """Also lay out the settings for the services' own commands, which know nothing of this class."""
        _write(self.directory / SETTINGS_FILE, json.dumps(environment(self), indent=2))
        _write(self.directory / "stack.json", self.model_dump_json(indent=2))

    def forget(self) -> None:
        """Nothing of this run is left."""
        for name in ("stack.json", SETTINGS_FILE):
            (self.directory / name).unlink(missing_ok=True)


def environment(stack: Stack) -> dict[str, str]:
    """The settings that a process which talks to this stack reads, to be laid over its own environment."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        **{f"DATABASE_URL_{service.upper()}": stack.database_urls[service] for service in SERVICES},
        "CLOCKSTOP_LOOKUP_KEYS": f"1:{stack.secrets.lookup_key}",
        "CLOCKSTOP_VAULT_KEYS": f"1:{stack.secrets.vault_key}",
        "CLOCKSTOP_SESSION_KEY": stack.secrets.session_key,
        "VAULT_API_URL": stack.vault_url,
        "VAULT_API_PORT": str(urlsplit(stack.vault_url).port),
        "CLOCKSTOP_VAULT_API_KEY": stack.secrets.vault_api_key,
        "NOTIFY_URL": stack.notify_url,
        "NOTIFY_API_KEY": NOTIFY_KEY,
        **{f"NOTIFY_{kind}_TEMPLATE": template for kind, template in NOTIFY_TEMPLATES.items()},
        "NOTIFY_CALLBACK_TOKEN": stack.secrets.callback_token,
        "RETURNS_DROP": str(stack.directory / "returns"),
        **(mesh.settings(stack.mesh_url) if stack.mesh_url else {}),
        "CLOCKSTOP_DEMO_SIGN_IN": "1",
        "CLOCKSTOP_ADDRESS": stack.site_url,
        "ALERT_HOSTS": f"{LOOPBACK},localhost",
    }


def role(service: str) -> str:
    """The PostgreSQL role that a service signs in with."""
    return f"clockstop_{service}"


def database_url(url: str, database: str, user: str | None = None, password: str = "") -> str:
    """The same server, another database, and another user where one is given."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    account = parts.netloc.rpartition("@")[0] if user is None else f"{user}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{account}@{host}" if account else host, path=f"/{database}").geturl()


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and never readable by others."""
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(text, "utf-8")
    part.replace(file)
