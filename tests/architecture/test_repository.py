"""What the repository as a whole may say: no host or path of one machine, commands that exist, metrics that are declared."""

import ast
import re

import prometheus_client
import pytest
from prometheus_client.metrics import MetricWrapperBase

from shared.runtime import metrics
from tests.architecture.source import PRODUCT, ROOT, modules, texts

HOSTS = re.compile(r"https?://([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
NAMESPACES = {"www.w3.org", "maven.apache.org", "json-schema.org", "www.apache.org"}
"""Names of vocabularies, and of a licence, that look like addresses."""
RESERVED = re.compile(r"(127\.[0-9.]+|.*\.(example|invalid|test|localhost)|example\.(com|org|net))")
"""The loopback interface, and what is set aside for examples (RFC 2606)."""
INDEX = re.compile(r"--(?:extra-)?index-url|--trusted-host|--find-links|<repository>|<mirror>|\bregistry\s*=")
MACHINE = re.compile(r"(?<![\w.}/-])/(?:work|home|root|Users|mnt|workspace)/\w")
LABELS = {"service", "topic", "partition", "error", "job", "reason", "status", "state", "dependency", "provider", "kind", "mailbox"}
UNITS = (
    "_seconds", "_bytes", "_records", "_rows", "_ratio", "_gap", "_failures", "_effects", "_relayed", "_letters", "_stopped", "_leads",
    "_pathways", "_answers", "_events", "_connections", "_streams",
    "_messages", "_submissions",
)  # fmt: skip


def test_no_host_is_named() -> None:
    """Whoever installs it chooses where packages come from; nothing is fetched at run time."""
    named = {(path, host) for path, text in texts().items() for host in HOSTS.findall(text)}
    named = {(path, host) for path, host in named if host not in NAMESPACES and not RESERVED.fullmatch(host)}
    assert named == set()
    assert [path for path, text in texts().items() if path != _HERE and INDEX.search(text)] == []


def test_no_path_of_a_machine_is_written() -> None:
    assert [f"{path}: {found}" for path, text in texts().items() if path != _HERE for found in MACHINE.findall(text)] == []


_HERE = f"{__name__.replace('.', '/')}.py"


def _commands(path: str, text: str) -> str:
    """What a text shows as typed: what stands between backticks, or all of a script."""
    return text if path == ".ci/run" else "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_the_make_targets_that_are_spoken_of_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    spoken = {(path, name) for path, text in texts().items() for name in re.findall(r"\bmake ([a-z-]+)", _commands(path, text))}
    assert spoken
    assert [f"{path}: make {name}" for path, name in sorted(spoken) if name not in targets] == []
    declared = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert targets == set(" ".join(declared).split())


def _declared() -> dict[str, MetricWrapperBase]:
    return {next(iter(metric.describe())).name: metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}


def test_metrics_are_declared_in_one_place_and_spoken_of_by_their_names() -> None:
    kinds = {name for name, kind in vars(prometheus_client).items() if isinstance(kind, type) and issubclass(kind, MetricWrapperBase)}
    making = {
        module.path
        for module in modules(*PRODUCT)
        for name in module.imports()
        if name.startswith("prometheus_client") and name.rpartition(".")[2] in kinds
    }
    assert making == {"shared/runtime/metrics.py"}
    exposed = {name + ending for name in _declared() for ending in ("", "_total", "_bucket", "_sum", "_count")}
    spoken = {(path, name) for path, text in texts().items() for name in re.findall(r"\bcmh_[a-z_]+[a-z]\b", text)}
    assert [f"{path}: {name}" for path, name in sorted(spoken) if name not in exposed and path != _HERE] == []


@pytest.mark.parametrize("name", _declared())
def test_a_metric_has_our_prefix_a_base_unit_and_no_person_in_a_label(name: str) -> None:
    assert name.startswith("cmh_")
    assert name.endswith(UNITS)
    assert set(_declared()[name]._labelnames) <= LABELS


def test_every_declared_metric_is_used() -> None:
    used = {node.attr for module in modules(*PRODUCT) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    assert {name for name, metric in vars(metrics).items() if isinstance(metric, MetricWrapperBase)} <= used
