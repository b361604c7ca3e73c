"""`python -m services.referrals worker|web|migrate`."""

from services.referrals.app import build
from shared.runtime.service import run

run("referrals", build)
