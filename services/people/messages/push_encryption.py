"""Message encryption for Web Push: RFC 8291, over RFC 8188's `aes128gcm` in one record.

Forty lines over `cryptography`, and the RFC's own example as their test. The library for it stands on one that is published as source
alone, which an installation would have to build.
"""

from __future__ import annotations

import os
import struct
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_RECORD: Final = 4_096
_LAST: Final = b"\x02"
_MOST: Final = _RECORD - 16 - 1 - (16 + 4 + 1 + 65)  # a push service takes 4,096 bytes in all


def encrypt(
    words: bytes,
    receiver: bytes,
    secret: bytes,
    *,
    salt: bytes | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push. `receiver` is the subscription's `p256dh`, `secret` its `auth`; salt and key are new ones unless a test gives
    them. Raises ValueError for keys that are none, and for more than a service takes."""
    if len(secret) != 16 or len(words) > _MOST:
        raise ValueError("no secret of 16 bytes, or too much to say")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver)
    ours = key or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    said = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    seed = _derive(ours.exchange(ec.ECDH(), theirs), secret, b"WebPush: info\x00" + receiver + said, 32)
    content_key = _derive(seed, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(seed, salt, b"Content-Encoding: nonce\x00", 12)
    sealed = AESGCM(content_key).encrypt(nonce, words + _LAST, None)
    return salt + struct.pack("!IB", _RECORD, len(said)) + said + sealed


def _derive(seed: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(seed)
