"""What a PromQL expression speaks of, held against the metrics that are declared; and promtool, which knows whether it is one."""

import re
import subprocess
from pathlib import Path

import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from deploy.local import prerequisites
from shared.runtime import metrics

SCRAPED = {"instance", "job"}
"""Labels that Prometheus adds."""


def exposed() -> dict[str, set[str]]:
    """Every series of the declared metrics with its labels, and Prometheus' own `up`."""
    found = {"up": set(SCRAPED)}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            name, labels = next(iter(metric.describe())).name, {*metric._labelnames, *SCRAPED}
            if isinstance(metric, Counter):
                found[f"{name}_total"] = labels
            elif isinstance(metric, Histogram):
                found |= {f"{name}_count": labels, f"{name}_sum": labels, f"{name}_bucket": labels | {"le"}}
            else:
                found[name] = labels
    return found


def unknown(expression: str) -> list[str]:
    """The metrics and labels of an expression that no process tells of; [] when all is well."""
    known = exposed()
    spoken = set(re.findall(r"\b(?:cmh_[a-z_]+|up)\b", expression))
    wrong = sorted(spoken - known.keys())
    labels = set().union(*(known[name] for name in spoken & known.keys()))
    for name, matchers in re.findall(r"\b(cmh_[a-z_]+|up)\{([^}]*)\}", expression):
        wrong += [f"{name}{{{label}}}" for label in re.findall(r"(\w+)\s*[!=]", matchers) if label not in known.get(name, {label})]
    for listed in re.findall(r"\b(?:by|on|without|ignoring) \(([^)]*)\)", expression):
        wrong += [label for label in re.findall(r"\w+", listed) if label not in labels]
    return wrong


def promtool(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool in a folder."""
    return subprocess.run([prerequisites.promtool(print), *words], cwd=folder, check=False, capture_output=True, text=True)


def parses(expressions: list[str], folder: Path) -> str:
    """Ask promtool whether these are PromQL: "" when all are, else what is wrong."""
    rules = [{"record": f"tried:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    (folder / "tried.yml").write_text(yaml.safe_dump({"groups": [{"name": "tried", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", "tried.yml", folder=folder)
    return "" if done.returncode == 0 else done.stdout + done.stderr
