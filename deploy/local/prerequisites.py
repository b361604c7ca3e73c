"""What must be on the machine besides Python packages: looked for, installed with apt-get when root on Debian or Ubuntu, else named.

`python -m deploy.local.prerequisites venv|java|maven|chromium|promtool ...` ensures them. Standard library only: it runs before anything is
installed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import StackError

JAVA = 17
PROMTOOL = Path(__file__).parents[2] / ".clockstop" / "cache" / "promtool"
_JAVA_PACKAGES = [f"openjdk-{version}-jre-headless" for version in (17, 21, 25)]  # each release of Debian has some of them


def java(say: Callable[[str], None]) -> str:
    """The path of a Java that can run Kafka: 17 or later."""
    if not _java_found():
        _install(say, f"Java {JAVA} or later", _JAVA_PACKAGES)
    if path := _java_found():
        return path
    raise StackError(f"the `java` on PATH is older than {JAVA}: set JAVA_HOME to a newer one")


def maven(say: Callable[[str], None]) -> str:
    """The path of `mvn`, which collects Kafka's jars."""
    return shutil.which("mvn") or _installed(say, "Maven", "mvn", "maven")


def chromium(say: Callable[[str], None]) -> str:
    """The path of Chromium, which the browser tests drive."""
    return shutil.which("chromium") or _installed(say, "Chromium", "chromium", "chromium")


def promtool(say: Callable[[str], None]) -> str:
    """The path of promtool, which tests alert rules. Debian's package is unpacked, not installed: it would start a server."""
    if path := shutil.which("promtool"):
        return path
    if not PROMTOOL.exists():
        remedy = "promtool is missing: install Prometheus' programs and put them on PATH (Debian and Ubuntu: apt-get install prometheus)"
        if shutil.which("apt-get") is None:
            raise StackError(remedy)
        say("promtool is missing: unpacking it from Debian's package prometheus")
        PROMTOOL.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=PROMTOOL.parent) as folder:
            steps = (["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", "prometheus"], ["sh", "-c", "dpkg-deb --extract *.deb ."])
            for step in steps:
                done = subprocess.run(step, cwd=folder, check=False, capture_output=True)
            unpacked = Path(folder, "usr", "bin", "promtool")
            if done.returncode != 0 or not unpacked.exists():
                raise StackError(remedy)
            unpacked.rename(PROMTOOL)
    return str(PROMTOOL)


def venv(say: Callable[[str], None]) -> None:
    """Debian splits Python: without `python3-venv`, `python3 -m venv` fails half-way."""
    if find_spec("ensurepip") is None:
        _install(say, "Python's venv", [f"python3.{sys.version_info.minor}-venv", "python3-venv"])


def _java_found() -> str | None:
    home = os.environ.get("JAVA_HOME")
    path = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if path is None:
        return None
    told = subprocess.run([path, "-version"], check=False, capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    return path if version and int(version[1]) >= JAVA else None


def _installed(say: Callable[[str], None], what: str, command: str, package: str) -> str:
    _install(say, what, [package])
    if path := shutil.which(command):
        return path
    raise StackError(f"{what} is missing although its package was installed: is {command} on PATH?")


def _install(say: Callable[[str], None], what: str, packages: Sequence[str]) -> None:
    """Install the first of these Debian packages that this release has."""
    remedy = f"{what} is missing: install it (Debian and Ubuntu: apt-get install {packages[0]}) and try again"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise StackError(remedy)
    say(f"{what} is missing: installing it with apt-get")
    subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
    known = [name for name in packages if subprocess.run(["apt-cache", "show", name], check=False, capture_output=True).returncode == 0]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *known[:1]]
    if not known or subprocess.run(command, check=False, capture_output=True, env=quiet).returncode != 0:
        raise StackError(f"apt-get could not install it. {remedy}")
    say(f"{what}: installed ({known[0]})")


def main(names: Sequence[str]) -> None:
    """Ensure each of the named ones; one line and exit 1 when that fails."""
    ensure: dict[str, Callable[[Callable[[str], None]], object]] = {
        "venv": venv,
        "java": java,
        "maven": maven,
        "chromium": chromium,
        "promtool": promtool,
    }
    try:
        for name in names:
            ensure[name](print)
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
