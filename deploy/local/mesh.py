"""In the place of MESH: NHS England's own `mesh-sandbox`, in a venv of its own (it pins what it needs), on the loopback interface.

Its mailboxes are those that it comes with, and its state is files in the stack's directory. It speaks HTTP, and asks for no certificate.
"""

import hashlib
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlsplit

import httpx

from deploy.local.errors import StackError
from deploy.local.process import Child
from deploy.local.supervisor import Supervisor

PINS = Path(__file__).parents[2] / "requirements" / "mesh.txt"
MAILBOX, RECIPIENTS, PASSWORD = "X26ABC1", ("X26ABC2", "X26ABC3"), "password"
"""The sandbox's own, known to everybody: no secret. The first is ours, the others stand for those to whom returns go."""
SHARED_KEY = "TestKey"
WORKFLOW = "TEST_WORKFLOW"


def venv() -> Path:
    """Where it is installed, once for all stacks of a checkout; other pins, another place."""
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]
    return Path(__file__).parents[2] / ".clockstop" / "cache" / f"mesh-sandbox-{pins}"


def prepare(supervisor: Supervisor, directory: Path, url: str) -> Child:
    """Install it where that has not been done; returns the sandbox, to be started."""
    _install(supervisor)
    mailboxes = directory / "mesh"
    mailboxes.mkdir(parents=True, exist_ok=True)
    given = {"STORE_MODE": "file", "AUTH_MODE": "full", "SHARED_KEY": SHARED_KEY, "MAILBOXES_DATA_DIR": str(mailboxes)}
    options = ("--host", "127.0.0.1", "--port", str(urlsplit(url).port), "--workers", "1", "--no-access-log")
    return Child(
        "mesh",
        (str(venv() / "bin" / "python"), "-m", "uvicorn", "mesh_sandbox.api:app", *options),
        {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | given,
        ready=partial(_answers, url),
        directory=directory,
    )


def settings(url: str) -> dict[str, str]:
    """What reporting must know to send returns there."""
    return {
        "MESH_URL": url,
        "MESH_MAILBOX": MAILBOX,
        "MESH_PASSWORD": PASSWORD,
        "MESH_SHARED_KEY": SHARED_KEY,
        "MESH_WORKFLOW": WORKFLOW,
        "MESH_RECIPIENTS": ",".join(RECIPIENTS),
    }


def _install(supervisor: Supervisor) -> None:
    """The venv counts as there when all is in it: a link to it is made last, so that its own paths stay right."""
    there = venv()
    if there.exists():
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    supervisor.say("mesh-sandbox: installing it in a venv of its own (about 15 MB, once)")
    new = Path(tempfile.mkdtemp(dir=there.parent, prefix=f"{there.name}-"))
    pip = (str(new / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    try:
        supervisor.run(Child("mesh-venv", (sys.executable, "-m", "venv", str(new)), dict(os.environ)))
        supervisor.run(Child("mesh-pip", (*pip, "--requirement", str(PINS)), dict(os.environ)), seconds=600)
        there.symlink_to(new.name)
    except FileExistsError:  # another stack was quicker
        rmtree(new)
    except StackError as error:
        rmtree(new)
        raise StackError(f"{error}: without it, start with --no-mesh") from None


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_ping", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False
