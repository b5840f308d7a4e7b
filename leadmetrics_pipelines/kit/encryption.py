"""Encryption of secrets at rest, with a keyring so that keys can rotate.

The first key encrypts; every key decrypts. Format and authenticity: Fernet (cryptography).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from leadmetrics_pipelines.errors import InvalidInput


class Keyring:
    """Encrypts and decrypts small mappings of secrets."""

    def __init__(self, keys: list[str]) -> None:
        if not keys:
            msg = "No encryption key. Set LEADMETRICS_ENCRYPTION_KEYS, or let `leadmetrics db migrate` make one."
            raise InvalidInput(msg)
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError as error:
            msg = "LEADMETRICS_ENCRYPTION_KEYS holds a value that is no Fernet key (32 bytes, URL-safe base64)."
            raise InvalidInput(msg) from error
        self._newest, self._fernet = fernets[0], MultiFernet(fernets)

    @staticmethod
    def new_key() -> str:
        """A fresh key for the ring."""
        return Fernet.generate_key().decode()

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Encrypt a mapping of secrets."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Decrypt what `seal` made, with any key of the ring."""
        try:
            plain = self._fernet.decrypt(sealed)
        except InvalidToken as error:
            msg = "Stored credentials do not fit the present keys. Add the old key to LEADMETRICS_ENCRYPTION_KEYS."
            raise InvalidInput(msg) from error
        secrets: dict[str, str] = json.loads(plain)
        return secrets

    def reseal(self, sealed: bytes) -> bytes | None:
        """The same secrets under the newest key, or None when they are already. Raises InvalidInput as `open` does."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return None
