"""The checksum that a request's bytes have to have, as the tus protocol writes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from project.errors import InvalidInputError

ALGORITHMS = ("sha1", "sha256", "md5")


@dataclass(frozen=True)
class Checksum:
    """An algorithm of ALGORITHMS and the digest that it has to give."""

    algorithm: str
    digest: bytes

    @classmethod
    def parse(cls, header: str) -> Checksum:
        """Such as "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=". Raises InvalidInputError."""
        algorithm, _, text = header.strip().partition(" ")
        if algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise InvalidInputError(f"The checksum’s algorithm is “{algorithm[:30]}”, but can be: {known}.")
        try:
            digest = base64.b64decode(text, validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
            raise InvalidInputError(f"The checksum is no {algorithm} digest in base64.")
        return cls(algorithm, digest)

    def begin(self) -> hashlib._Hash:
        """What the bytes are fed to."""
        return hashlib.new(self.algorithm, usedforsecurity=False)
