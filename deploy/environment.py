"""`clockstop configure DIR`: the environment of each process with new secrets, as files that docker-compose.yml and systemd read."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.kafka import cluster_id
from deploy.local.stack import DATABASE, Secrets, database_url, role
from shared.runtime.errors import CommandError

PORTS = {"site": 9100, "referrals": 9101, "waits": 9102, "outreach": 9103, "reporting": 9104}
"""Where each process serves /metrics."""
SITE_PORT = 8000
VAULT_PORT = 8010
"""Where the worker of referrals answers the other services, and nobody else."""


def configure(
    directory: Annotated[Path, typer.Argument(file_okay=False, help="Where to write <process>.env; made when missing.")],
    kafka: Annotated[str, typer.Option(help="host:port[,host:port] of Kafka.")] = "kafka:9092",
    postgres: Annotated[str, typer.Option(help="host:port of PostgreSQL.")] = "postgres:5432",
    vault: Annotated[str, typer.Option(help="host:port of the vault's API, at the worker of referrals.")] = f"referrals:{VAULT_PORT}",
) -> None:
    """Write a file of settings for each process, with passwords and keys made now. Never overwrites: lost keys cannot be had again."""
    files = {directory / f"{name}.env": lines for name, lines in environments(Secrets(), kafka, postgres, vault).items()}
    if there := [file for file in files if file.exists()]:
        raise CommandError(f"{there[0]} is there already: keep it, without its keys the vault cannot be read; or choose another directory")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file, variables in files.items():
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    typer.echo(
        f"wrote {', '.join(file.name for file in files)} to {directory}: keep them secret, and a copy of them apart from the database's"
    )


def environments(kept: Secrets, kafka: str, postgres: str, vault: str = f"referrals:{VAULT_PORT}") -> dict[str, dict[str, str]]:
    """What each process reads, by its name: no process is given a secret that it does not use."""
    administrator = f"postgresql://postgres:{kept.admin_password}@{postgres}/postgres"
    urls = {
        f"DATABASE_URL_{service.upper()}": database_url(administrator, DATABASE, role(service), password)
        for service, password in kept.passwords.items()
    }
    reach = {"KAFKA_BOOTSTRAP_SERVERS": kafka}
    keys = {"CLOCKSTOP_LOOKUP_KEYS": f"1:{kept.lookup_key}", "CLOCKSTOP_VAULT_KEYS": f"1:{kept.vault_key}"}
    metrics = {name: {"METRICS_PORT": str(port)} for name, port in PORTS.items()}
    session = {"CLOCKSTOP_SESSION_KEY": kept.session_key}
    vault_key = {"CLOCKSTOP_VAULT_API_KEY": kept.vault_api_key}
    asks_vault = vault_key | {"VAULT_API_URL": f"http://{vault}"}
    callback = {"NOTIFY_CALLBACK_TOKEN": kept.callback_token}
    return {
        "provision": reach | {"DATABASE_URL": administrator} | urls,
        "referrals": reach | {"DATABASE_URL_REFERRALS": urls["DATABASE_URL_REFERRALS"]} | keys | vault_key | metrics["referrals"],
        "waits": reach | {"DATABASE_URL_WAITS": urls["DATABASE_URL_WAITS"]} | metrics["waits"],
        "outreach": reach | {"DATABASE_URL_OUTREACH": urls["DATABASE_URL_OUTREACH"]} | asks_vault | metrics["outreach"],
        "reporting": reach | {"DATABASE_URL_REPORTING": urls["DATABASE_URL_REPORTING"]} | metrics["reporting"],
        "site": reach | urls | keys | session | asks_vault | callback | metrics["site"] | {"HTTP_PORT": str(SITE_PORT)},
        "kafka": {"CLUSTER_ID": cluster_id(secrets.token_bytes(16))},
        "postgres": {"POSTGRES_PASSWORD": kept.admin_password},
        "grafana": {"GF_SECURITY_ADMIN_PASSWORD": secrets.token_urlsafe()},
    }
