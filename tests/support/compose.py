"""docker-compose.yml as tests read it, and each process's environment as its container would have it."""

from collections.abc import Mapping
from typing import Any

import yaml

from deploy.environment import environments
from deploy.local.stack import Secrets
from tests.architecture.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "clockstop"}


def variables(name: str, files: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, str]:
    """What `clockstop configure` writes for this container, and over it what compose says."""
    files = files or environments(Secrets(), "kafka:9092", "postgres:5432")
    read = SERVICES[name].get("env_file")
    written = files[read.removeprefix("secrets/").removesuffix(".env")] if read else {}
    return {**written, **SERVICES[name].get("environment", {})}
