"""The provider as a process of local mode, with a page where whoever tries the market pays: `python -m infra.local.qris`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.local import paying, state
from infra.local.qris.app import Account, Provider
from infra.local.qris.bank import Bank, Code

_MOST_SHOWN = 20
_WAYS = {
    "paid": "dibayar",
    "silent": "dibayar, tanpa kabar",
    "short": "dibayar kurang Rp1.000",
    "twice": "dibayar dua kali",
}


def app(provider: Provider) -> Starlette:
    async def page(_: Request) -> Response:
        newest = list(reversed(provider.bank.codes.values()))[:_MOST_SHOWN]
        said = "".join(map(_shown, newest)) or "<p>Belum ada kode. Pesan sesuatu dan pilih QRIS.</p>"
        return HTMLResponse(_PAGE.format(said), headers={"cache-control": "no-store"})

    async def pay(request: Request) -> Response:
        typed = {name: values[0] for name, values in parse_qs((await request.body())[:4096].decode()).items()}
        reference, how = typed.get("reference", ""), typed.get("how", "")
        if reference not in provider.bank.codes or how not in _WAYS:
            return PlainTextResponse("there is no such code", status_code=404)
        found = provider.bank.codes[reference]
        for _ in range(2 if how == "twice" else 1):
            provider.bank.pay(reference, max(1, found.amount_rupiah - 1_000) if how == "short" else None)
        if how != "silent":
            with contextlib.suppress(OSError):  # the market finds it by asking
                await provider.notify(found)
        return RedirectResponse("/", status_code=303)

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        return JSONResponse({"version": state.version(), "ready": True, "checks": {}})

    async def metrics(_: Request) -> Response:
        return PlainTextResponse("")

    return Starlette(
        routes=[
            *provider.routes(),
            Route("/", page),
            Route("/pay", pay, methods=["POST"]),
            Route("/livez", live),
            Route("/readyz", ready),
            Route("/metrics", metrics),
        ],
        # A page of a foreign site must pay nothing, not even by a name that it points at this machine.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def _shown(code: Code) -> str:
    buttons = "".join(f'<button name="how" value="{how}">{escape(said)}</button> ' for how, said in _WAYS.items())
    return (
        f"<section><h2>Rp{code.amount_rupiah:,}</h2>"
        f"<p>{escape(code.reference)}, dibayar Rp{code.paid_rupiah:,}, kembali Rp{code.back_rupiah:,}"
        f'</p><p><code>{escape(code.content)}</code></p><form method="post" action="/pay">'
        f'<input type="hidden" name="reference" value="{escape(code.reference)}">{buttons}</form></section>'
    )


_PAGE = (
    '<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta http-equiv="refresh" content="5"><title>Bank lokal</title>'
    "<style>body{{font:16px sans-serif;margin:1rem;max-width:40rem}}code{{overflow-wrap:anywhere;font-size:.7rem}}</style>"
    "<h1>Bank lokal</h1><p>Penyedia QRIS untuk mencoba: tidak ada uang sungguhan.</p>{}</html>"
)


def from_environment(environment: Mapping[str, str]) -> Provider:
    """Raises SystemExit outside local mode or when a setting is missing."""
    if environment.get("WLIJO_MODE") != "local":
        sys.exit("this provider takes no money and says that it came: it runs with WLIJO_MODE=local only")
    try:
        key = load_pem_private_key(Path(environment["QRIS_BANK_KEY_FILE"]).read_bytes(), None)
        client = load_pem_public_key(Path(environment["QRIS_BANK_CLIENT_KEY_FILE"]).read_bytes())
        secret = Path(environment["QRIS_BANK_SECRET_FILE"]).read_text().strip()
        notify_url = environment["QRIS_BANK_NOTIFY_URL"]
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set")
    assert isinstance(key, RSAPrivateKey)
    assert isinstance(client, RSAPublicKey)
    account = Account(paying.CLIENT, secret, client, key, notify_url)
    return Provider(Bank(lambda: datetime.now(UTC)), account)


def main() -> None:
    provider = from_environment(os.environ)
    uvicorn.run(
        app(provider),
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ["PORT"]),
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
