"""Sealing and looking up with versioned keys that are held outside the database."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")


class KeysError(Exception):
    """A key setting is not `<version>:<64 hex digits>[,...]`, or a key that is needed is gone."""


def parse_keys(setting: str) -> dict[int, bytes]:
    """`1:<64 hex>,2:<64 hex>` as {version: key}; the greatest version is the current one. Raises KeysError."""
    keys = {}
    for part in setting.split(","):
        match = _KEY.fullmatch(part.strip())
        if match is None:
            raise KeysError("a key must be <version>:<64 hex digits>, several separated by commas")
        keys[int(match[1])] = bytes.fromhex(match[2])
    return keys


class Digest(NamedTuple):
    """A looked-up identity: the HMAC under one version of the key."""

    version: int
    value: bytes


class Lookups:
    """HMAC-SHA256 of identities. Rotating the key re-hashes only the lookup: older versions are still asked."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        # each keyed once: to copy that takes half of the time that a digest from the key takes
        self._keyed = {version: hmac.new(key, digestmod=hashlib.sha256) for version, key in sorted(keys.items(), reverse=True)}
        self.current = max(keys)

    def nhs_number(self, number: str) -> list[Digest]:
        """Digests of an NHS number, the current key's first."""
        return self._digests(f"nhs|{number}")

    def local_id(self, provider: str, local_id: str) -> list[Digest]:
        """Digests of a provider's own id for a person, the current key's first."""
        return self._digests(f"local|{provider}|{local_id}")

    def content(self, sealed_text: bytes) -> bytes:
        """A keyed digest of identifying text, to see that it did not change."""
        return _digest(self._keyed[self.current], sealed_text)

    def _digests(self, text: str) -> list[Digest]:
        return [Digest(version, _digest(keyed, text.encode())) for version, keyed in self._keyed.items()]


def _digest(keyed: hmac.HMAC, text: bytes) -> bytes:
    one = keyed.copy()
    one.update(text)
    return one.digest()


class Vault:
    """AES-256-GCM, a random 96-bit nonce before each text. The associated data binds a text to its place."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self.current = max(self._ciphers)

    def seal(self, text: bytes, place: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._ciphers[self.current].encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, version: int, place: str) -> bytes:
        """The text. Raises KeysError when its key is gone or the bytes were moved or changed."""
        if version not in self._ciphers:
            raise KeysError(f"vault key version {version} is needed and not configured")
        try:
            return self._ciphers[version].decrypt(sealed[:12], sealed[12:], place.encode())
        except InvalidTag:
            raise KeysError(f"the sealed bytes of {place} do not open with key version {version}") from None
