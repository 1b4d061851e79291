"""Encrypts secrets with a key that is derived from the installation's own."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# What the key is for: the same key of the installation also signs sessions, and neither may open the other's.
_PURPOSE = b"rowmill secrets"


class BrokenSealError(Exception):
    """It was sealed with another key, or is damaged."""


def seal(key: str, text: str) -> str:
    """The text, to be opened with that key only."""
    return _fernet(key).encrypt(text.encode()).decode("ascii")


def unseal(key: str, token: str) -> str:
    """The text that was sealed. Raises BrokenSealError."""
    try:
        return _fernet(key).decrypt(token.encode("ascii")).decode()
    except InvalidToken:
        raise BrokenSealError from None


def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
