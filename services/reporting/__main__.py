"""`python -m services.reporting worker|web|migrate`."""

from services.reporting.app import build
from shared.runtime.service import run

if __name__ == "__main__":
    run("reporting", build)
