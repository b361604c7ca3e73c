"""The vault's internal API: one person's name and contact, for a message or a worker's task. On an address of its own, never the site's.

A provider's word on somebody is read for that provider's own task alone: what another provider holds is not looked at. Who asks must know
the key. Each reading is in `vault.access_log`, committed before the answer leaves; nothing of the answer is written anywhere else.
"""

import hmac
from typing import Annotated, ClassVar, Literal

from fastapi import Depends, FastAPI
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.referrals.store import identities
from services.referrals.store.vault import Vault
from shared.runtime.database import Pool
from shared.web.errors import FieldError, NotKnownError, install_errors

BEARER = HTTPBearer(auto_error=False)
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class StrangerError(FieldError):
    """Who asks did not show the key."""

    status = 401
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}


class Asked(BaseModel):
    """Whose, said by whom, which parts, why, for whom. All but the parts go into the log of readings."""

    model_config = ConfigDict(extra="forbid", strict=True)
    personkey: Short
    provider: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3,10}$")]
    parts: Annotated[list[Literal["name", "telephone", "email", "address"]], Field(min_length=1, max_length=4)]
    purpose: Literal["message", "show"]
    asked_by: Short
    reference: Short


class Identity(BaseModel):
    """What the provider says; absent = it says nothing of it. A postcode comes with the address."""

    name: str | None = None
    telephone: str | None = None
    email: str | None = None
    address: str | None = None
    postcode: str | None = None


def build_vault_api(pool: Pool, vault: Vault, key: str) -> FastAPI:
    """The app; `key` is what callers must send as a bearer token."""
    app = FastAPI(title="Clockstop: the vault", openapi_url=None, docs_url=None, redoc_url=None)
    install_errors(app)
    expected = key.encode()

    def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), expected):
            raise StrangerError("Authorization", "no valid key of the vault", "set CLOCKSTOP_VAULT_API_KEY alike on both sides")

    @app.post("/v1/identity", dependencies=[Depends(caller)], response_model_exclude_none=True)
    async def identity(asked: Asked) -> Identity:
        """One person's name or contact."""
        parts = {*asked.parts, *(["postcode"] if "address" in asked.parts else [])}
        what = f"identity/{asked.provider}/{asked.personkey} {','.join(sorted(parts))} for {asked.reference}"
        async with pool.acquire(timeout=2) as connection, connection.transaction():
            await identities.log(connection, asked.asked_by, asked.purpose, what)
            found = await identities.read(connection, vault, asked.personkey, asked.provider, parts)
        if found is None:
            raise NotKnownError("personkey", "this provider says nothing of this person", "ask for a provider of theirs")
        return Identity(**found)

    return app
