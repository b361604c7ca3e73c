"""What the stack consists of, and the order in which it comes up: stores, provisioning, services, site."""

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from deploy.local import kafka, mesh, postgres
from deploy.local.process import Child
from deploy.local.stack import SERVICES, Stack, environment
from deploy.local.supervisor import Supervisor

REFERENCE_DATA = Path(__file__).parents[1] / "reference"
DEMONSTRATION = ("simulate",)
"""Words of the `clockstop` command; `--dir` is added to them."""


def bring_up(supervisor: Supervisor, stack: Stack, *, empty: bool) -> None:
    """Start everything and return when all of it answers. Kafka and PostgreSQL that the environment names are used as they are."""
    say = supervisor.say
    start_stores(supervisor, stack)
    for step in preparations(stack, empty=empty):
        say(f"Running {step.name}")
        supervisor.run(step)
    programs = processes(stack, empty=empty)
    say(f"Starting {', '.join(program.name for program in programs)}")
    for program in programs:
        supervisor.start(program)
    supervisor.until_ready(*(program.name for program in programs))


def start_stores(supervisor: Supervisor, stack: Stack) -> None:
    """Start our own Kafka and PostgreSQL, where the environment names none, and the sandbox of MESH, where it is wanted, all at once."""
    ours = []
    if stack.owns_kafka:
        ours.append(kafka.prepare(supervisor, stack.directory, stack.kafka))
    if stack.owns_postgres:
        ours.append(postgres.prepare(supervisor, stack.directory, stack.maintenance_url))
    if stack.mesh_url is not None:
        ours.append(mesh.prepare(supervisor, stack.directory, stack.mesh_url))
    for store in ours:
        supervisor.say(f"Starting {store.name}")
        supervisor.start(store)
    supervisor.until_ready(*(store.name for store in ours))


def preparations(stack: Stack, *, empty: bool) -> list[Child]:
    """What runs to its end before the services start."""
    words = ("provision", "--reference", str(REFERENCE_DATA))
    provision = _python(stack, "provision", "deploy.cli", *words, more={"DATABASE_URL": stack.maintenance_url})
    return [
        provision,
        _python(stack, "demonstration-people", "deploy.demonstration", *(["--empty"] if empty else []), "--dir", str(stack.directory)),
    ]


def processes(stack: Stack, *, empty: bool) -> list[Child]:
    """The process table: each service's worker, the site, and unless the stack is to be empty the demonstration."""
    workers = [_python(stack, service, f"services.{service}", "worker", ready_at=stack.metrics_urls[service]) for service in SERVICES]
    site = _python(stack, "site", "deploy.site", ready_at=stack.site_url, more={"HTTP_PORT": str(urlsplit(stack.site_url).port)})
    stand_in = _stand_in(stack)
    return (
        [stand_in, *workers, site]
        if empty
        else [stand_in, *workers, site, replace(_clockstop(stack, "demonstration", *DEMONSTRATION), heard=True)]
    )


def _stand_in(stack: Stack) -> Child:
    """In the place of GOV.UK Notify: from this stack nothing goes to anybody."""
    given = {
        "STAND_IN_PORT": str(urlsplit(stack.notify_url).port),
        "STAND_IN_CALLBACK": f"{stack.site_url}/v1/notify/callback",
        "STAND_IN_FILE": str(stack.directory / "messages.ndjson"),
    }
    return _python(stack, "notify", "deploy.local.notify", ready_at=stack.notify_url, more=given)


def answers(url: str) -> bool:
    """Whether this URL answers 200 within a second."""
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def _clockstop(stack: Stack, name: str, *words: str) -> Child:
    return _python(stack, name, "deploy.cli", *words, "--dir", str(stack.directory))


def _python(stack: Stack, name: str, module: str, *words: str, ready_at: str = "", more: dict[str, str] | None = None) -> Child:
    """A module of ours. The administrator's DATABASE_URL stays with the supervisor: each service has a role of its own."""
    given = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    metrics = {"METRICS_PORT": str(urlsplit(stack.metrics_urls[name]).port)} if name in stack.metrics_urls else {}
    variables = given | environment(stack) | metrics | (more or {}) | {"PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-m", module, *words)
    return Child(name, command, variables, ready=partial(answers, f"{ready_at}/ready")) if ready_at else Child(name, command, variables)
