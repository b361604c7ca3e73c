"""The systemd units, held against the processes, their settings, and systemd's own checks."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.environment import environments
from deploy.local.stack import Secrets
from tests.architecture.source import ROOT
from tests.support.compose import OURS

UNITS = ROOT / "deploy" / "systemd"
HARDENED = "clockstop-.service.d/hardened.conf"
INSTANCES = {
    "clockstop-provision.service": "provision",
    "clockstop-worker@referrals.service": "referrals",
    "clockstop-worker@waits.service": "waits",
    "clockstop-worker@outreach.service": "outreach",
    "clockstop-worker@reporting.service": "reporting",
    "clockstop-site.service": "site",
}


def unit(name: str) -> configparser.ConfigParser:
    """A unit of an instance, as systemd reads it; a setting that stands twice keeps its last value."""
    template, instance = re.sub(r"@\w+", "@", name), (re.findall(r"@(\w+)", name) or [""])[0]
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((UNITS / template).read_text("utf-8").replace("%i", instance))
    return parser


@pytest.mark.parametrize("name", INSTANCES)
def test_a_unit_runs_what_its_container_runs_with_its_settings(name: str) -> None:
    service, process = unit(name)["Service"], INSTANCES[name]
    python, *words = service["ExecStart"].split()
    assert python == "/opt/clockstop/.venv/bin/python"
    container = OURS[process]["command"][1:]
    assert words == (container[:3] if process == "provision" else container)  # reference data is loaded by a person
    assert service["EnvironmentFile"] == f"/etc/clockstop/{process}.env"
    assert process in environments(Secrets(), "localhost:9092", "localhost:5432")


def test_every_unit_starts_with_the_target_and_after_provisioning() -> None:
    wanted = unit("clockstop.target")["Unit"]["Wants"].split()
    assert {*wanted, "clockstop-provision.service"} == INSTANCES.keys()
    for name in wanted:
        for word in ("Requires", "After"):
            assert unit(name)["Unit"][word] == "clockstop-provision.service"
        assert unit(name)["Unit"]["PartOf"] == "clockstop.target"
    assert {path.name for path in UNITS.glob("*.*")} == {re.sub(r"@\w+", "@", name) for name in INSTANCES} | {
        "clockstop.target",
        "clockstop-.service.d",
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_nothing_wrong_and_little_exposed(tmp_path: Path) -> None:
    for path in UNITS.rglob("*.*"):
        if path.is_file():
            there = tmp_path / path.relative_to(UNITS)
            there.parent.mkdir(exist_ok=True)
            text = path.read_text("utf-8").replace("/opt/clockstop/.venv/bin/python", sys.executable)
            there.write_text(text.replace("WorkingDirectory=/opt/clockstop", f"WorkingDirectory={ROOT}"), "utf-8")
    shutil.copy(tmp_path / "clockstop-worker@.service", tmp_path / "clockstop-worker@waits.service")
    names = ["clockstop.target", "clockstop-provision.service", "clockstop-site.service", "clockstop-worker@waits.service"]
    done = subprocess.run(["systemd-analyze", "verify", *names], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, _ours(done.stderr)) == (0, "", [])
    whole = tmp_path / "whole.service"
    whole.write_text((tmp_path / "clockstop-site.service").read_text("utf-8") + (tmp_path / HARDENED).read_text("utf-8"), "utf-8")
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "whole.service"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert exposed.returncode == 0, exposed.stdout


def _ours(complaints: str) -> list[str]:
    """What systemd says of our units; it also speaks of the machine's own."""
    return [line for line in complaints.splitlines() if "clockstop" in line]
