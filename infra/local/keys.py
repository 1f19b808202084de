"""The keys and passwords of one embedded installation, made at the first start, readable by their owner alone."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from infra.local import postgres
from infra.local.state import Home, read_json, write_private


@dataclass(frozen=True)
class Keys:
    quote_private: Path
    quote_public: Path
    issuer: Path
    tokens: Path
    tokens_public: Path
    codes: Path
    pins: Path
    sessions: Path
    media: Path
    qris: Path
    qris_public: Path
    qris_secret: Path
    passwords: dict[str, str]


def ensure(home: Home) -> Keys:
    """Reads what is there and makes what is not."""
    private, public, issuer = home.keys / "quote.jwk.json", home.keys / "quote.jwks.json", home.keys / "issuer.jwk.json"
    tokens, codes = home.keys / "tokens.jwk.json", home.keys / "codes.key"
    tokens_public = home.keys / "tokens.jwks.json"
    if not (private.exists() and public.exists() and issuer.exists()):
        _make(private, public, issuer)
    if not (tokens.exists() and codes.exists()):
        _make_of_people(tokens, codes)
    sessions = home.keys / "sessions.key"
    if not sessions.exists():
        write_private(sessions, secrets.token_hex(32))
    if not tokens_public.exists() or tokens_public.stat().st_mtime_ns < tokens.stat().st_mtime_ns:
        _publish(tokens, tokens_public)
    pins = home.keys / "pins.key"
    if not pins.exists():
        write_private(pins, secrets.token_hex(32))
    media = home.keys / "media.key"
    if not media.exists():
        write_private(media, secrets.token_hex(32))
    qris, qris_public = home.keys / "qris.pem", home.keys / "qris.pub.pem"
    qris_secret = home.keys / "qris.key"
    if not (qris.exists() and qris_public.exists() and qris_secret.exists()):
        _make_of_qris(home.keys, qris_secret)
    passwords = _passwords(home.keys / "passwords.json")
    return Keys(
        private,
        public,
        issuer,
        tokens,
        tokens_public,
        codes,
        pins,
        sessions,
        media,
        qris,
        qris_public,
        qris_secret,
        passwords,
    )


def _passwords(file: Path) -> dict[str, str]:
    known = read_json(file)
    wanted = postgres.new_passwords() | {name: str(password) for name, password in known.items()}
    if wanted != known:
        write_private(file, json.dumps(wanted, indent=1))
    return wanted


def _make(private: Path, public: Path, issuer: Path) -> None:
    from joserfc.jwk import ECKey, OKPKey  # not before it is needed: the second start does without

    quote = OKPKey.generate_key("Ed25519", {"kid": f"quote-{secrets.token_hex(4)}", "use": "sig"})
    write_private(private, json.dumps(quote.as_dict(private=True)))
    write_private(public, json.dumps({"keys": [quote.as_dict(private=False)]}))
    signing = ECKey.generate_key("P-256", {"kid": f"issuer-{secrets.token_hex(4)}", "use": "sig", "alg": "ES256"})
    write_private(issuer, json.dumps(signing.as_dict(private=True)))


def _make_of_people(tokens: Path, codes: Path) -> None:
    from joserfc.jwk import OKPKey

    signing = OKPKey.generate_key("Ed25519", {"kid": f"people-{secrets.token_hex(4)}", "use": "sig"})
    write_private(tokens, json.dumps(signing.as_dict(private=True)))
    write_private(codes, secrets.token_hex(32))


def _make_of_qris(folder: Path, secret: Path) -> None:
    """Ours and the provider's: each signs, and the other has what it is known by."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    for name in ("qris", "qris-provider"):
        key = rsa.generate_private_key(65537, 2048)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_private(folder / f"{name}.pem", private.decode())
        write_private(folder / f"{name}.pub.pem", public.decode())
    write_private(secret, secrets.token_hex(32))


def _publish(private: Path, public: Path) -> None:
    from joserfc.jwk import OKPKey

    key = OKPKey.import_key(read_json(private))
    write_private(public, json.dumps({"keys": [key.as_dict(private=False)]}))
