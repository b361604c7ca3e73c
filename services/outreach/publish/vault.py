"""Asking the front door's vault for a name or a contact. What comes back is handed on at once and kept by nobody."""

from collections.abc import Collection, Mapping
from typing import Protocol

import httpx

SECONDS = 1.5


class VaultError(Exception):
    """The vault does not answer, or does not know us; one line without anything of a person."""


class Vault(Protocol):
    """Where names and contacts are."""

    async def ask(
        self, personkey: str, provider: str, parts: Collection[str], *, purpose: str, asked_by: str, reference: str
    ) -> Mapping[str, str]:
        """What this provider says of this person, of the parts name, telephone, email, address (with postcode); {} = nothing.

        `purpose`: `message` or `show`. Each asking is audited there under `asked_by` and `reference`. Raises VaultError.
        """
        ...


class VaultApi:
    """The vault over HTTP."""

    def __init__(self, url: str, key: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=SECONDS, trust_env=False, transport=transport
        )

    async def ask(
        self, personkey: str, provider: str, parts: Collection[str], *, purpose: str, asked_by: str, reference: str
    ) -> Mapping[str, str]:
        asked = {"personkey": personkey, "provider": provider, "parts": sorted(parts)}
        asked |= {"purpose": purpose, "asked_by": asked_by, "reference": reference}
        try:
            answer = await self._client.post("/v1/identity", json=asked)
        except httpx.HTTPError as error:
            raise VaultError(f"the vault does not answer ({type(error).__name__})") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return {}
        if not answer.is_success:
            raise VaultError(f"the vault answered {answer.status_code}")
        return dict(answer.json())
