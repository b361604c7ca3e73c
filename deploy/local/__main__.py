"""`python -m deploy.local up|down|status`: these commands alone; `up --detach` starts its supervisor so."""

from deploy.local.commands import app

app()
