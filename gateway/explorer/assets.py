"""The explorer's files, as they are sent: read once, compressed once, named by what is in them.

All modules stand below one name made of the contents of all, so that they find one another and browsers may keep them for ever.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cramjam
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.protocols.encoding import wanted
from gateway.protocols.keeping import has

_PAGE = Path(__file__).parent / "page"
_MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
# It is done once, and sent often.
_BROTLI_LEVEL, _ZSTD_LEVEL, _GZIP_LEVEL = 9, 19, 9
# Nothing from elsewhere, and no script or style but the files'.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_GUARDS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Asset:
    """`bodies`: what is sent, by content coding; "" as it is."""

    media: str
    bodies: dict[str, bytes]
    etag: str

    @classmethod
    def of(cls, name: str, body: bytes) -> "Asset":
        bodies = {
            "zstd": bytes(cramjam.zstd.compress(body, _ZSTD_LEVEL)),
            "br": bytes(cramjam.brotli.compress(body, _BROTLI_LEVEL)),
            "gzip": bytes(cramjam.gzip.compress(body, _GZIP_LEVEL)),
            "": body,
        }
        return cls(_MEDIA[Path(name).suffix], bodies, f'"{hashlib.sha256(body).hexdigest()[:20]}"')

    def answer(self, asked: Headers, cache_control: str) -> Response:
        coding = wanted(asked.get("accept-encoding", "").encode("latin-1"))
        # Strong, so each coding has its own.
        etag = f'{self.etag[:-1]}-{coding or "identity"}"'
        headers = {"cache-control": cache_control, "etag": etag, "vary": "accept, accept-encoding", **_GUARDS}
        if self.media.startswith("text/html"):
            headers["content-security-policy"] = _POLICY
        if has(asked.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        if coding:
            headers["content-encoding"] = coding
        return Response(self.bodies[coding], headers=headers, media_type=self.media)


@dataclass(frozen=True, slots=True)
class Assets:
    version: str
    page: Asset
    files: dict[str, Asset]


@cache
def assets() -> Assets:
    sources = {file.name: file.read_bytes() for file in sorted(_PAGE.iterdir()) if file.suffix in _MEDIA}
    page = sources.pop("page.html").decode()
    told = hashlib.sha256()
    for name, body in sources.items():
        told.update(f"{name} {len(body)}\n".encode() + body)
    version = told.hexdigest()[:20]
    # All at once: a module that is found only in another one costs a round trip more.
    modules = "\n".join(
        f'<link rel="modulepreload" href="/graphql/{version}/{name}">' for name in sources if name.endswith(".js")
    )
    page = page.replace("MODULES", modules).replace("VERSION", version)
    return Assets(
        version, Asset.of("page.html", page.encode()), {name: Asset.of(name, body) for name, body in sources.items()}
    )
