"""Dashboards: every panel is PromQL over metrics that are told, and the files are those that the code makes."""

from pathlib import Path

import pytest
import yaml

from deploy.dashboards import DASHBOARDS, DATASOURCE, FOLDER, Panel, files
from deploy.environment import PORTS
from tests.architecture.source import ROOT
from tests.support.compose import SERVICES
from tests.support.promql import exposed, parses, unknown

PANELS = [panel for panels in DASHBOARDS.values() for panel in panels]
GRAFANA = ROOT / "deploy" / "grafana"


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_a_panel_speaks_of_metrics_and_labels_that_are_told(panel: Panel) -> None:
    assert unknown(panel.expression) == []


def test_every_panel_is_promql(tmp_path: Path) -> None:
    assert parses([panel.expression for panel in PANELS], tmp_path) == ""


def test_every_metric_is_on_a_dashboard() -> None:
    shown = " ".join(panel.expression for panel in PANELS)
    series = {name for name in exposed() if not name.endswith(("_sum", "_count"))}
    assert [name for name in sorted(series) if name not in shown] == []


def test_the_files_are_made_by_the_code() -> None:
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == files(), "run: python -m deploy.dashboards"


def test_grafana_finds_prometheus_and_the_dashboards() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yml").read_text("utf-8"))["datasources"]
    assert (source["uid"], source["type"]) == (DATASOURCE["uid"], DATASOURCE["type"])
    host, port = source["url"].removeprefix("http://").split(":")
    assert SERVICES[host]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "clockstop.yml").read_text("utf-8"))["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]


def test_prometheus_asks_the_processes_that_there_are() -> None:
    (scraped,) = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert set(scraped["static_configs"][0]["targets"]) == {f"{name}:{port}" for name, port in PORTS.items()}
    assert scraped["honor_labels"] is True, "the label `job` of our metrics would be renamed"
