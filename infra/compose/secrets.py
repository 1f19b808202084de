"""All secrets of a compose installation: made once as files, and handed out so that each container sees only its own.

python -m infra.compose.secrets [--partner ptn_…]

`keep` holds the originals, which are made when they are missing and never overwritten; to rotate one, remove it.
`for/<container>` holds copies, written anew at every run, each readable by that container's user alone. SECRETS_DIR is the folder of both.
Exit 0 when done, 1 with one line for each secret that is weak or not readable.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from infra.compose import alerting, edge, machine
from infra.kafka import config, tls
from infra.owners import KAFKA, NOBODY, OURS, POSTGRES
from services.contracts.registry import NAMES

_PARTNER = re.compile(r"ptn_[0-9a-z]{26}")
_PASSWORD = re.compile(r"[A-Za-z0-9]{24,}")
_DISTINCT = 8
_REPOSITORY = re.compile(r"s3:https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._-]+)+/?")


class Wrong(Exception):
    """A secret that is there and will not do. The text names its file."""


def password() -> str:
    return secrets.token_hex(24)


def _quote_key() -> str:
    key = OKPKey.generate_key("Ed25519", {"kid": f"quote-{secrets.token_hex(4)}", "use": "sig"})
    return json.dumps(key.as_dict(private=True))


def _issuer_key() -> str:
    key = ECKey.generate_key("P-256", {"kid": f"issuer-{secrets.token_hex(4)}", "use": "sig", "alg": "ES256"})
    return json.dumps(key.as_dict(private=True))


def _token_key() -> str:
    """A JWKS: who rotates puts the next key behind it, and later before it (docs/operations.md)."""
    key = OKPKey.generate_key("Ed25519", {"kid": f"people-{secrets.token_hex(4)}", "use": "sig"})
    return json.dumps({"keys": [key.as_dict(private=True)]})


class Keep:
    """The originals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []
        self.complaints: list[str] = []

    def text(self, name: str, make: Callable[[], str]) -> str:
        file = self.folder / name
        if not file.exists():
            _write(file, make(), owner=0)
            self.made.append(name)
        try:
            text = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.complaints.append(f"keep/{name} cannot be read: {error}")
            return ""
        if make is password and (not _PASSWORD.fullmatch(text) or len(set(text)) < _DISTINCT):
            self.complaints.append(
                f"keep/{name} is weak: 24 or more letters and digits, {_DISTINCT} of them different, are wanted. Remove it and one is made"
            )
        return text

    def password(self, name: str) -> str:
        return self.text(name, password)


def ensure(folder: Path, environment: Mapping[str, str], partners: Sequence[str] = ()) -> list[str]:
    """Make what is missing, hand out everything; the names of what was made. Raises Wrong; then nothing was handed out."""
    for each in (folder, folder / "keep", folder / "for"):
        each.mkdir(mode=0o755 if each == folder else 0o700, parents=True, exist_ok=True)
    keep = Keep(folder / "keep")
    (keep.folder / "partners").mkdir(mode=0o700, exist_ok=True)
    # Nobody of the host gets below either, whoever has the number of a container's user there; a container's own is mounted, and is
    # reached from within. Our group, in which no person is, may list: the doctor judges modes and owners, and opens nothing.
    for each in (keep.folder, keep.folder / "partners", folder / "for"):
        _listed(each, 0)
    (keep.folder / "partners").chmod(0o770)  # `ops partner add` and `rotate` write there
    wanted = _wanted(keep, environment, partners)
    if keep.complaints:
        raise Wrong("\n".join(keep.complaints))
    for container, (owner, files) in wanted.items():
        _hand_out(folder / "for" / container, owner, files)
    # What the edge gets by itself: its keys and certificates, its account.
    (folder / "edge").mkdir(mode=0o700, exist_ok=True)
    os.chown(folder / "edge", OURS, OURS)
    for stale in {each.name for each in (folder / "for").iterdir()} - set(wanted):
        _hand_out(folder / "for" / stale, 0, {})  # the folder stays: a container may have it mounted
    return keep.made


def _wanted(
    keep: Keep, environment: Mapping[str, str], partners: Sequence[str]
) -> dict[str, tuple[int, dict[str, str]]]:
    """Container -> its user and its files."""
    databases = {role: keep.password(f"database_{role}") for role in ("admin", *_roles())}
    users = {service: keep.password(f"kafka_{service}") for service in NAMES}
    quote = keep.text("quote.jwk.json", _quote_key)
    trusted = _trusted(keep, quote)
    pin = keep.password("handover_pin_key")
    asked = {*partners, *environment.get("PARTNERS", "").replace(",", " ").split()}
    for unknown in sorted(each for each in asked if not _PARTNER.fullmatch(each)):
        keep.complaints.append(f"{unknown} is no partner's id: ptn_ and 26 letters and digits are wanted")
    names = {each for each in asked if _PARTNER.fullmatch(each)}
    names |= {each.name for each in (keep.folder / "partners").glob("ptn_*")}
    of_partners = {name: keep.password(f"partners/{name}") for name in sorted(names)}
    admin, node = keep.password("kafka_admin"), keep.password("kafka_node")

    found: dict[str, tuple[int, dict[str, str]]] = {
        "postgres": (POSTGRES, {"admin": databases["admin"]}),
        "roles": (OURS, databases),
        "provision": (
            OURS,
            {"kafka": admin, "database": databases["delivery"]}
            | {f"users/{name}": text for name, text in (users | of_partners).items()},
        ),
    }
    found["ops"] = (
        OURS,
        {f"databases/{service}": databases[service] for service in NAMES}
        | {"kafka": admin}
        | {f"users/{name}": text for name, text in (users | of_partners).items()},
    )
    for service in NAMES:
        found[f"{service}-migrate"] = (OURS, {"database": databases[f"{service}_owner"]})
        found[f"{service}-api"] = (OURS, {"database": databases[service]})
        found[f"{service}-worker"] = (OURS, {"database": databases[service], "kafka": users[service]})
    for api in ("catalog-api", "ordering-api", "delivery-api"):
        found[api][1]["media_key"] = keep.password("media_key")
    found["ordering-api"][1]["quote.jwks.json"] = trusted
    found["delivery-api"][1].update({"quote.jwk.json": quote, "handover_pin_key": pin})
    found["delivery-worker"][1].update({"quote.jwks.json": trusted, "handover_pin_key": pin})
    tokens = keep.text("tokens.jwks.json", _token_key)
    found["people-api"][1].update({"tokens.jwks.json": tokens, "sign_in_code_key": keep.password("sign_in_code_key")})
    found["web"] = (OURS, {"web_session_key": keep.password("web_session_key")})
    found["gateway"] = (OURS, {})
    found["alertmanager"] = (NOBODY, {"alertmanager.yml": _alerting(keep, environment)})
    found["edge"] = (OURS, _edge(keep, environment))
    found["offsite"] = (POSTGRES, _offsite(keep, environment))
    verifying = _verifying(keep, tokens)
    for name in ("gateway", *(f"{service}-api" for service in NAMES)):
        found[name][1]["people.jwks.json"] = verifying
    if environment.get("WLIJO_MODE") == "local":
        found["issuer"] = (OURS, {"issuer.jwk.json": keep.text("issuer.jwk.json", _issuer_key)})
        found |= {f"robot-{name}": (OURS, {"kafka": text}) for name, text in of_partners.items()}
    if not keep.complaints:
        found |= _brokers(keep, environment, config.Passwords(admin=admin, node=node))
        found["provision"][1]["partners.crt"] = tls.shown(keep.folder / "tls")
    return found


def _brokers(
    keep: Keep, environment: Mapping[str, str], passwords: config.Passwords
) -> dict[str, tuple[int, dict[str, str]]]:
    count = int(environment.get("KAFKA_NODES") or 1)
    public_name = environment.get("KAFKA_PUBLIC_NAME") or "localhost"
    first_port = int(environment.get("KAFKA_PUBLIC_PORT") or 9094)
    if tls.ensure(keep.folder / "tls", public_name):
        keep.made.append(f"tls (for {public_name})")
    certificate = (keep.folder / "tls" / tls.KEYSTORE).read_text("ascii")
    nodes = [
        config.Node(
            id=number,
            inner_host="kafka" if number == 1 else f"kafka-{number}",
            public_name=public_name,
            public_port=first_port + number - 1,
        )
        for number in range(1, count + 1)
    ]
    extra = {"offsets.topic.num.partitions": environment.get("KAFKA_OFFSETS_PARTITIONS") or "10"}
    return {
        node.inner_host: (
            KAFKA,
            {
                "config/server.properties": config.render(node, passwords, nodes=nodes, extra=extra),
                f"keys/{tls.KEYSTORE}": certificate,
            },
        )
        for node in nodes
    }


def _alerting(keep: Keep, environment: Mapping[str, str]) -> str:
    """What providers gave ops for alerts is put into keep/ by hand: a mail server's password, a bot's token."""
    given = {name: keep.folder / f"alert_{name}" for name in ("smtp_password", "telegram_token")}
    try:
        return alerting.configuration(environment, {n: f.read_text().strip() for n, f in given.items() if f.exists()})
    except alerting.NotWhole as problem:
        keep.complaints += str(problem).splitlines()
        return ""


def _offsite(keep: Keep, environment: Mapping[str, str]) -> dict[str, str]:
    """The key that copies are encrypted by, and the store's secret, which ops put into keep/ by hand."""
    place = environment.get("OFFSITE_REPOSITORY")
    if not place:
        return {}
    if not _REPOSITORY.fullmatch(place):
        keep.complaints.append(f"OFFSITE_REPOSITORY is s3:https://HOST/BUCKET/FOLDER: {place}")
    file = keep.folder / "offsite_s3_secret_key"
    if not environment.get("OFFSITE_S3_ACCESS_KEY") or not file.exists():
        keep.complaints.append(f"OFFSITE_REPOSITORY wants OFFSITE_S3_ACCESS_KEY, and its secret in keep/{file.name}")
        return {}
    return {"key": keep.password("offsite_key"), "s3_secret_key": file.read_text().strip()}


def _edge(keep: Keep, environment: Mapping[str, str]) -> dict[str, str]:
    """A certificate of their own ops put into keep/edge/ by hand, and whom an ACME server of their own is signed by."""
    given = {name: keep.folder / "edge" / f"{name}.pem" for name in ("certificate", "key", "acme_ca")}
    try:
        texts = {name: file.read_text("ascii") for name, file in given.items() if file.exists()}
        own = edge.Own(texts["certificate"], texts["key"]) if {"certificate", "key"} <= set(texts) else None
        files = edge.configuration(environment, own, texts.get("acme_ca", ""))
        for warning in edge.warnings(environment, own):
            print(f"warning: {warning}", file=sys.stderr)
    except (edge.NotWhole, OSError, UnicodeDecodeError) as problem:
        keep.complaints += str(problem).splitlines()
        return {}
    return files


def _trusted(keep: Keep, quote: str) -> str:
    """The public keys, the present one among them: quotes of the one before are believed until somebody takes it out."""
    known = json.loads(keep.text("quote.jwks.json", lambda: _public(quote)))
    mine = json.loads(_public(quote))["keys"]
    if mine[0]["kid"] in [key["kid"] for key in known["keys"]]:
        return json.dumps(known)
    both = json.dumps({"keys": mine + known["keys"]})
    _write(keep.folder / "quote.jwks.json", both, owner=0)
    return both


def _roles() -> list[str]:
    return [role for service in NAMES for role in (service, f"{service}_owner")]


def _verifying(keep: Keep, signing: str) -> str:
    """The public halves of all keys that people signs with, has signed with or will: made of them at every run, and kept nowhere else."""
    try:
        document = json.loads(signing)
        keys = [OKPKey.import_key(each) for each in document.get("keys", [document])]
        if not keys or not all(key.is_private and key.kid for key in keys):
            raise ValueError("private ones, each with a kid, are wanted")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        keep.complaints.append(f"keep/tokens.jwks.json holds no keys to sign with: {type(error).__name__}")
        return ""
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def _public(private: str) -> str:
    return json.dumps({"keys": [OKPKey.import_key(json.loads(private)).as_dict(private=False)]})


def _hand_out(folder: Path, owner: int, files: Mapping[str, str]) -> None:
    """The folders stay the same ones: containers have them mounted."""
    _folder(folder, owner)
    for name, text in files.items():
        if "/" in name:
            _folder((folder / name).parent, owner)
        file = folder / name
        if (
            not file.exists()
            or (file.stat().st_uid, file.stat().st_mode & 0o777) != (owner, 0o400)
            or file.read_text() != text
        ):
            _write(file, text, owner)
    kept = {folder / name for name in files}
    for stale in [each for each in folder.rglob("*") if each.is_file() and each not in kept]:
        stale.unlink()


def _folder(folder: Path, owner: int) -> None:
    folder.mkdir(exist_ok=True)
    _listed(folder, owner)


def _listed(folder: Path, owner: int) -> None:
    folder.chmod(0o750 if owner == 0 else 0o550)
    os.chown(folder, owner, OURS)


def _write(file: Path, text: str, owner: int) -> None:
    """Whole or not at all, readable by its owner alone."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.chown(draft, owner, owner)
    draft.replace(file)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.compose.secrets")
    parser.add_argument(
        "--partner", action="append", default=[], metavar="ptn_…", help="a partner that gets a password"
    )
    arguments = parser.parse_args(argv)
    for warning in machine.warnings():
        print(f"warning: {warning}", file=sys.stderr)
    try:
        made = ensure(Path(os.environ.get("SECRETS_DIR") or "/secrets"), os.environ, arguments.partner)
        machine.own_backup_folder(Path("/backup"), POSTGRES, OURS)
        machine.own_broker_folders(Path("/brokers"), KAFKA)
    except (Wrong, OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"made: {', '.join(made)}" if made else "all secrets were there", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
