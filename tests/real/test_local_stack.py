"""The local stack's own promises, on the real programs: it comes up, survives kills, provisions without harm, and leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local import postgres, prerequisites
from deploy.local.errors import StackError
from deploy.local.ports import free_port
from deploy.local.process import Child, Identity, spawn, terminate
from deploy.local.stack import DATABASE, SERVICES, Secrets, Stack, database_url, environment, role
from deploy.local.supervisor import Supervisor
from shared.events.topics import Topic
from shared.runtime.admin import create_topics
from shared.runtime.errors import CommandError
from tests.support.stack import provisioned, sql


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.02)


def topic(name: str, partitions: int) -> Topic:
    return Topic(name, partitions, 1, (), ())


# --- Kafka ---------------------------------------------------------------------------------------------------------------------------


async def test_what_is_sent_to_a_provisioned_topic_is_read_from_it(kafka: str) -> None:
    create_topics(kafka, [topic("round-trip", 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True) as producer:
        await producer.send_and_wait("round-trip", b"there and back")
    async with AIOKafkaConsumer("round-trip", bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    assert record.value == b"there and back"


def test_topics_twice_is_a_no_op_and_other_partitions_are_refused(kafka: str) -> None:
    wanted = topic("twice", 3)
    create_topics(kafka, [wanted])
    create_topics(kafka, [wanted])
    with pytest.raises(CommandError, match="topic twice has 3 partitions, not 4"):
        create_topics(kafka, [wanted._replace(partitions=4)])


# --- PostgreSQL ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def directory() -> Iterator[Path]:
    with TemporaryDirectory(prefix="clockstop-test-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def start_postgres(supervisor: Supervisor, directory: Path, port: int) -> str:
    url = f"postgresql://postgres:administrator@127.0.0.1:{port}/postgres"
    supervisor.start(postgres.prepare(supervisor, directory, url))
    supervisor.until_ready("postgres")
    return url


def test_a_killed_postgres_is_started_again_with_its_data(directory: Path) -> None:
    with Supervisor(directory / "logs") as supervisor:
        url = start_postgres(supervisor, directory, free_port())
        sql(url, "create table kept as select 42 as answer")
        first = supervisor.processes()["postgres"]
        os.kill(first.pid, signal.SIGKILL)
        eventually(lambda: not first.alive())
        supervisor.until_ready("postgres")
        assert sql(url, "select answer from kept") == "42"
        assert supervisor.processes()["postgres"] != first


def test_postgres_starts_over_a_stale_lock_file_and_a_server_left_behind(directory: Path) -> None:
    """The pid in a lock file may by now be some other program's: here it is this test's own."""
    log = directory / "left.log"
    with Supervisor(directory / "logs") as supervisor:
        server = postgres.prepare(supervisor, directory, f"postgresql://postgres:administrator@127.0.0.1:{free_port()}/postgres")
    left = spawn(server, log)
    eventually(server.ready)
    with Supervisor(directory / "logs") as supervisor:
        start_postgres(supervisor, directory, free_port())
        assert left.wait() is not None
    lock = directory / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{directory / 'postgres'}\n", "utf-8")
    with Supervisor(directory / "logs") as supervisor:
        start_postgres(supervisor, directory, free_port())


def test_provisioning_twice_changes_nothing(postgres: str, passwords: dict[str, str]) -> None:
    provisioned(postgres, passwords)
    before = catalogue(postgres)
    provisioned(postgres, passwords)
    assert catalogue(postgres) == before


def catalogue(url: str) -> list[str]:
    ours = database_url(url, DATABASE)
    return [
        sql(url, "select rolname, rolpassword from pg_authid where rolname like 'clockstop%' order by 1"),
        sql(url, f"select datacl from pg_database where datname = '{DATABASE}'"),
        sql(ours, "select nspname, nspowner::regrole, nspacl from pg_namespace order by 1"),
        sql(ours, "select defaclrole::regrole, defaclnamespace::regnamespace, defaclacl from pg_default_acl order by 1, 2"),
    ]


def test_services_see_no_more_of_each_other_than_provisioned(postgres: str, passwords: dict[str, str]) -> None:
    provisioned(postgres, passwords)
    referrals, waits = (database_url(postgres, DATABASE, role(name), passwords[name]) for name in ("referrals", "waits"))
    for schema in ("referrals", "vault", "reference", "access"):
        sql(referrals, f"create table if not exists {schema}.probe (number int)")
    sql(waits, "create table if not exists waits.probe (number int)")
    schemas = (
        "select nspname from pg_namespace where nspname !~ '^(pg_|information)' and has_schema_privilege('clockstop_{}', oid, 'usage')"
    )
    ours = database_url(postgres, DATABASE)
    assert set(sql(ours, schemas.format("waits")).split()) == {"waits", "referrals", "reference", "access"}
    assert set(sql(ours, schemas.format("referrals")).split()) == {"referrals", "vault", "reference", "access"}
    for table in ("reference.probe", "access.probe"):
        assert sql(waits, f"select count(*) from {table}") == "0"
    for url, statement in (
        (waits, "select * from referrals.probe"),
        (waits, "select * from vault.probe"),
        (waits, "insert into reference.probe values (1)"),
        (waits, "create table referrals.mine (number int)"),
        (waits, "create table public.mine (number int)"),
        (referrals, "select * from waits.probe"),
        (referrals, "create table public.mine (number int)"),
    ):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            sql(url, statement)
        assert "permission denied" in refused.value.stderr
    for table in ("referrals.probe", "vault.probe", "reference.probe", "access.probe", "waits.probe"):
        sql(ours, f"drop table {table}")


# --- Prerequisites -------------------------------------------------------------------------------------------------------------------


def program(directory: Path, name: str, script: str) -> None:
    (directory / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (directory / name).chmod(0o755)


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH holds only what a test puts into this directory: at first, a Java that is too old."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    program(tmp_path, "java", "echo 'openjdk version \"11.0.2\"' >&2")
    return tmp_path


def test_without_root_a_missing_program_is_named_with_its_remedy(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(bare_machine, "apt-get", "exit 0")
    with pytest.raises(StackError, match=r"^Java 17 or later is missing: install it \(.*apt-get install openjdk-17-jre-headless\)"):
        prerequisites.java(print)


def test_root_on_debian_gets_the_java_that_its_release_has(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(bare_machine, "java-21", "echo 'openjdk version \"21.0.8\"' >&2")
    program(bare_machine, "apt-cache", '[ "$2" = openjdk-21-jre-headless ]')
    program(bare_machine, "apt-get", f'if [ "$1" = install ]; then /bin/cp {bare_machine}/java-21 {bare_machine}/java; fi')
    said: list[str] = []
    assert prerequisites.java(said.append) == str(bare_machine / "java")
    assert said == ["Java 17 or later is missing: installing it with apt-get", "Java 17 or later: installed (openjdk-21-jre-headless)"]


# --- Supervisor ----------------------------------------------------------------------------------------------------------------------

SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def stand_in(name: str, program: str, *arguments: str) -> Child:
    return Child(name, (sys.executable, "-c", program, *arguments), dict(os.environ))


def test_a_child_that_exits_is_started_again_and_none_is_left(tmp_path: Path) -> None:
    seen: list[dict[str, Identity]] = []
    with Supervisor(tmp_path, changed=seen.append) as supervisor:
        supervisor.start(stand_in("server", SERVER, str(free_port())))
        supervisor.start(stand_in("sleeper", "import time; time.sleep(600)"))
        first = supervisor.processes()["server"]
        os.kill(first.pid, signal.SIGKILL)
        supervisor.run(stand_in("meanwhile", "import time; time.sleep(1.5)"))
        assert supervisor.processes()["server"] != first
    assert len(seen) == 3
    assert not any(process.alive() for processes in seen for process in processes.values())


def test_the_last_started_stops_first(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    polite = (
        "import pathlib, signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(sys.argv[1], file=open(sys.argv[2], 'a'))));"
        "pathlib.Path(sys.argv[3]).touch(); signal.pause()"
    )
    with Supervisor(tmp_path) as supervisor:
        for name in ("store", "service", "site"):
            listening = tmp_path / f"{name}.listens"
            supervisor.start(stand_in(name, polite, name, str(ends), str(listening)))
            eventually(listening.exists)
    assert ends.read_text("utf-8").split() == ["site", "service", "store"]


def test_a_log_stays_within_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.supervisor.LOG_BYTES", 1_000)
    with Supervisor(tmp_path) as supervisor:
        supervisor.run(stand_in("talker", "import time\nfor number in range(100): print('x' * 99, flush=True); time.sleep(0.01)"))
        supervisor.run(stand_in("meanwhile", ""))
    assert (tmp_path / "talker.log.1").stat().st_size > 1_000
    assert (tmp_path / "talker.log").stat().st_size < 10_000


def test_a_failing_step_is_told_in_one_line_with_its_last_words(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor, pytest.raises(StackError, match=r"^migrate failed: no such table \(.*migrate\.log\)$"):
        supervisor.run(stand_in("migrate", "import sys; print('working'); sys.exit('no such table')"))


def test_a_child_that_never_gets_ready_fails_the_start_and_is_gone(tmp_path: Path) -> None:
    seen: list[dict[str, Identity]] = []
    child = Child("mute", (sys.executable, "-c", "import time; time.sleep(600)"), dict(os.environ), ready=lambda: False)
    with Supervisor(tmp_path, changed=seen.append) as supervisor:
        supervisor.start(child)
        with pytest.raises(StackError, match="mute is not ready after 1 s"):
            supervisor.until_ready("mute", seconds=1)
    assert not seen[0]["mute"].alive()


def test_a_reused_pid_is_never_signalled() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        now = Identity.of(other.pid)
        assert now is not None
        terminate(Identity(pid=other.pid, started=now.started - 1), signal.SIGKILL, lambda: 0.0)
        assert now.alive()
        other.kill()


RUN = """
import sys
from deploy.local import commands
from tests.real.test_local_stack import bring_up_stand_ins

commands.bring_up = bring_up_stand_ins
commands.app(sys.argv[1:])
"""


def bring_up_stand_ins(supervisor: Supervisor, stack: Stack, *, empty: bool) -> None:
    """In place of the real programs: two servers, one of them deaf to SIGTERM; `--empty` makes a start that never ends."""
    supervisor.start(stand_in("server", SERVER, stack.site_url.rpartition(":")[2]))
    supervisor.start(stand_in("stubborn", STUBBORN))
    supervisor.run(stand_in("step", "import time; time.sleep(600)" if empty else ""), seconds=600)


class Run(NamedTuple):
    supervisor: subprocess.Popen[str]
    processes: dict[str, Identity]

    def stop(self, *signals: signal.Signals) -> tuple[str, int]:
        """Send these; returns what was printed and the exit code. Nothing is left."""
        for each in signals:
            self.supervisor.send_signal(each)
        printed, _ = self.supervisor.communicate(timeout=15)
        assert not any(process.alive() for process in self.processes.values())
        return printed, self.supervisor.returncode


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start a supervisor whose children are stand-ins; returns when both run."""
    started: list[subprocess.Popen[str]] = []

    def run(*options: str) -> Run:
        log = tmp_path / "logs" / "stubborn.log"
        log.unlink(missing_ok=True)
        command = [sys.executable, "-c", RUN, "up", "--dir", str(tmp_path), *options]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        eventually(lambda: len(recorded(tmp_path)) == 2 and log.exists() and "deaf" in log.read_text("utf-8"))
        return Run(started[-1], recorded(tmp_path))

    yield run
    for supervisor in started:
        supervisor.kill()
        supervisor.communicate()


def recorded(directory: Path) -> dict[str, Identity]:
    stack = Stack.last(directory)
    return stack.processes if stack else {}


def clockstop(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "deploy.local", *words], check=False, capture_output=True, text=True)


def test_an_impatient_second_signal_stops_everything_now(up: Callable[..., Run], tmp_path: Path) -> None:
    run = up()
    assert run.supervisor.stdout is not None
    assert run.supervisor.stdout.readline().startswith("Clockstop is ready: http://127.0.0.1:")
    assert run.stop(signal.SIGTERM, signal.SIGINT) == ("Stopping\n", 0)
    assert Stack.last(tmp_path) is None


def test_a_stop_during_the_start_leaves_nothing(up: Callable[..., Run], tmp_path: Path) -> None:
    assert up("--empty").stop(signal.SIGINT, signal.SIGTERM) == ("clockstop: stopped before it was ready\n", 1)
    assert Stack.last(tmp_path) is None


def test_secrets_that_a_newer_version_wants_are_made_once(tmp_path: Path) -> None:
    older = json.loads(Secrets().model_dump_json())
    del older["vault_api_key"], older["passwords"]["outreach"]
    (tmp_path / "secrets.json").write_text(json.dumps(older), "utf-8")
    renewed = Secrets.of(tmp_path)
    assert json.loads(renewed.model_dump_json()).items() >= (older | {"passwords": renewed.passwords}).items()
    assert renewed.passwords.items() >= older["passwords"].items()
    assert Secrets.of(tmp_path) == renewed


def test_children_die_with_a_killed_supervisor_and_the_next_up_starts_anew(up: Callable[..., Run], tmp_path: Path) -> None:
    run = up()
    run.supervisor.kill()
    eventually(lambda: not any(process.alive() for process in run.processes.values()))
    secrets = Secrets.of(tmp_path)
    again = up()
    assert again.processes.keys() == run.processes.keys()
    assert Secrets.of(tmp_path) == secrets
    again.stop(signal.SIGINT, signal.SIGTERM)


def test_one_stack_in_a_directory_and_status_tells_of_it(up: Callable[..., Run], tmp_path: Path) -> None:
    run = up()
    second = clockstop("up", "--dir", str(tmp_path))
    assert (second.returncode, second.stderr) == (
        1,
        f"clockstop: a stack already runs in {tmp_path}: see `clockstop status`, or choose another --dir\n",
    )
    told = json.loads(clockstop("status", "--dir", str(tmp_path), "--json").stdout)
    assert {name: part["running"] for name, part in told["processes"].items()} == {"supervisor": True, "server": True, "stubborn": True}
    assert told["versions"]["kafka"] == "4.3.1"
    assert told["lag"] == dict.fromkeys(SERVICES)
    assert f"http://127.0.0.1:{told['site'].rpartition(':')[2]}" in clockstop("status", "--dir", str(tmp_path)).stdout
    stack = Stack.load(tmp_path)
    assert json.loads((tmp_path / "environment.json").read_text("utf-8")) == environment(stack)
    assert environment(stack)["DATABASE_URL_WAITS"] == stack.database_urls["waits"]
    for secret in ("secrets.json", "stack.json", "environment.json"):
        assert (tmp_path / secret).stat().st_mode & 0o077 == 0
    run.stop(signal.SIGINT, signal.SIGTERM)


def test_where_nothing_runs_down_says_so_and_status_fails_in_one_line(tmp_path: Path) -> None:
    down = clockstop("down", "--dir", str(tmp_path))
    assert (down.returncode, down.stdout) == (0, f"Nothing runs in {tmp_path}\n")
    status = clockstop("status", "--dir", str(tmp_path))
    assert (status.returncode, status.stderr) == (
        1,
        f"clockstop: nothing runs in {tmp_path}: start it with `clockstop up --dir {tmp_path}`\n",
    )


def test_down_returns_when_all_is_gone(up: Callable[..., Run], tmp_path: Path) -> None:
    """Also what a killed supervisor left: here its children are cut loose, as where the kernel does not tie them."""
    loose = [spawn(stand_in("loose", STUBBORN), tmp_path / "loose.log")]
    run = up()
    stack = Stack.load(tmp_path)
    left = Identity.of(loose[0].pid)
    assert left is not None
    run.supervisor.kill()
    run.supervisor.wait()
    stack.now_runs(stack.processes | {"loose": left})
    assert clockstop("down", "--dir", str(tmp_path)).stdout == f"Stopped the stack in {tmp_path}\n"
    assert loose[0].wait() == -signal.SIGKILL
    assert not any(process.alive() for process in run.processes.values())


def test_a_detached_start_that_fails_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        failed = clockstop("up", "--detach", "--dir", str(tmp_path), "--port", port)
    assert failed.returncode == 1
    assert failed.stdout == f"clockstop: port {port} is taken: choose another with --port, or leave it out\n"
