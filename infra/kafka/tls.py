"""The partners' TLS: a certificate authority of our own, and the server's certificate with the name that partners connect to."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA, CA_KEY, KEYSTORE = "ca.pem", "ca.key", "partners.pem"
_CA_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 825, 60


def ensure(folder: Path, public_name: str) -> bool:
    """Make what is missing: `ca.pem` (for partners), `ca.key` (for nobody), `partners.pem` (the server's key and chain, Kafka's keystore).

    The server's certificate is made anew when its name is another or it ends within 60 days; the CA stays, so partners need do nothing.
    Whether anything was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = False
    if not (folder / CA).exists() or not (folder / CA_KEY).exists():
        key, certificate = _authority()
        _write(folder / CA_KEY, _private(key), 0o400)
        _write(folder / CA, _public(certificate), 0o444)
        made = True
    if made or not _still_good(folder / KEYSTORE, public_name):
        ca = x509.load_pem_x509_certificate((folder / CA).read_bytes())
        ca_key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
        if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{folder / CA_KEY} is not an elliptic curve's key")
        key, certificate = _server(public_name, ca, ca_key)
        _write(folder / KEYSTORE, _private(key) + _public(certificate) + _public(ca), 0o400)
        made = True
    return made


def shown(folder: Path) -> str:
    """What the keystore shows to whoever connects: the certificate and its authority's, without the key."""
    text = (folder / KEYSTORE).read_text("ascii")
    return text[text.index("-----BEGIN CERTIFICATE-----") :]


def _still_good(keystore: Path, public_name: str) -> bool:
    if not keystore.exists():
        return False
    certificate = x509.load_pem_x509_certificate(keystore.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=_RENEW_DAYS)
    return lasts and _names(public_name)[0] in list(names)


def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wlijo partners CA")])
    made = _builder(name, name, key, _CA_DAYS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = made.add_extension(usage, critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return key, made.sign(key, hashes.SHA256())


def _server(
    public_name: str, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, public_name[:64])])
    made = _builder(name, ca.subject, key, _SERVER_DAYS)
    made = made.add_extension(x509.SubjectAlternativeName(_names(public_name)), critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    return key, made.sign(ca_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _names(public_name: str) -> list[x509.GeneralName]:
    try:
        return [x509.IPAddress(ipaddress.ip_address(public_name))]
    except ValueError:
        return [x509.DNSName(public_name)]


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Under its name only when it is whole."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    unfinished.replace(path)
