"""`python -m services.waits worker|web|migrate`."""

from services.waits.app import build
from shared.runtime.service import run

run("waits", build)
