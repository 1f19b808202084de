"""SNAP's signatures and times: asymmetric for a token, symmetric for what is asked with it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from services.contracts.places import WIB


def timestamp(at: datetime) -> str:
    """To the second, in WIB, with its offset."""
    return at.astimezone(WIB).isoformat(timespec="seconds")


def sign_token_request(key: RSAPrivateKey, client_id: str, at: str) -> str:
    return base64.b64encode(key.sign(f"{client_id}|{at}".encode(), PKCS1v15(), SHA256())).decode()


def is_signed_by(key: RSAPublicKey, client_id: str, at: str, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), f"{client_id}|{at}".encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def sign_transaction(secret: str, method: str, path: str, token: str, body: bytes, at: str) -> str:
    """`body` are the very bytes that are sent, without white space between its parts."""
    said = f"{method}:{path}:{token}:{hashlib.sha256(body).hexdigest()}:{at}"
    return base64.b64encode(hmac.new(secret.encode(), said.encode(), hashlib.sha512).digest()).decode()
