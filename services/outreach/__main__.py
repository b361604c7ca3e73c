"""`python -m services.outreach worker|web|migrate`."""

from services.outreach.app import build
from shared.runtime.service import run

if __name__ == "__main__":
    run("outreach", build)
