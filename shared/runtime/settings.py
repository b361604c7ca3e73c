"""Settings from the environment. Only a service's `app` and `commands` read them."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.errors import CommandError


class SettingsError(CommandError):
    """A setting is missing or wrong; the message is one line that names it and the remedy."""


class Environment(BaseSettings):
    """Settings, each read from the environment variable of its name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    @classmethod
    def read(cls, **given: str) -> Self:
        """Read the environment; what is given wins. Raises SettingsError."""
        try:
            return cls(**given)  # type: ignore[arg-type]  # pydantic-settings turns the text into the field's type
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]).upper()
            raise SettingsError(f"setting {name}: {first['msg']}; set the environment variable {name}") from None


class Settings(Environment):
    """What every process of a service needs; a service adds its own fields in a subclass."""

    kafka_bootstrap_servers: str = Field(description="host:port[,host:port] of Kafka")
    database_url: SecretStr = Field(description="PostgreSQL URL of this service's own role")
    http_host: str = Field(default="127.0.0.1", description="address of pages and API; the demonstration sign-in wants a loopback one")
    http_port: int = Field(default=8000, description="their port")
    tls_certificate: Path | None = Field(default=None, description="PEM file; with TLS_KEY, pages and API speak HTTPS")
    tls_key: Path | None = Field(default=None, description="PEM file of its private key")
    metrics_host: str = Field(default="127.0.0.1", description="address of /live, /ready and /metrics")
    metrics_port: int = Field(default=0, description="their port; 0 = any free one")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    batch_records: int = Field(
        default=2000, ge=1, le=10_000, description="at most so many records in one transaction; 500 for outreach where it is not set"
    )
    batch_milliseconds: int = Field(default=20, ge=1, le=1000, description="how long a worker waits for a batch to fill")

    @classmethod
    def of(cls, service: str) -> Self:
        """Read the environment; `DATABASE_URL_<SERVICE>` wins over `DATABASE_URL`. Raises SettingsError."""
        own = f"DATABASE_URL_{service.upper()}"
        return cls.read(**({"database_url": os.environ[own]} if own in os.environ else {}))
