"""CPU time of a stack's processes, by group, as the operating system accounts for it (Linux: /proc)."""

import os
from pathlib import Path

from tests.support.running import Running

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(stack: Running) -> dict[str, float]:
    """User and system time so far of each process of the stack and of its children, ended ones included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
        used[int(entry.name)] = sum(int(ticks) for ticks in fields[11:15]) / _TICKS

    def total(pid: int) -> float:
        return used.get(pid, 0.0) + sum(total(child) for child in parents.get(pid, []))

    return {name: total(process["pid"]) for name, process in Running(stack.directory).stack["processes"].items()}
