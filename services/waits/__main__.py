"""`python -m services.waits worker|web|migrate`."""

from services.waits.app import build
from shared.runtime.service import run

if __name__ == "__main__":  # processes beside the worker read this module again
    run("waits", build)
