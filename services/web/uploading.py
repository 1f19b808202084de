"""A form with a file in it, as a browser sends it: multipart/form-data (RFC 7578)."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from typing import Final

from starlette.requests import Request

from services.web.visit import Refused

MOST_BYTES: Final = 256 * 1024
"""Of the whole form: what the gateway passes on."""
MOST_FILE_BYTES: Final = 224 * 1024
_MOST_FIELDS: Final = 32


def is_upload(http: Request) -> bool:
    return http.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"


async def form_of(http: Request) -> tuple[dict[str, str], bytes]:
    """Its fields, and the content of the one file, of which nothing more is believed. Raises Refused."""
    body = bytearray()
    async for part in http.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise Refused(413)
    return read(http.headers.get("content-type", ""), bytes(body))


def read(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Raises Refused."""
    if not content_type.isascii() or "\r" in content_type or "\n" in content_type:
        raise Refused(400)
    head = f"content-type: {content_type}\r\n\r\n".encode("ascii")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    parts = message.get_payload()
    if not message.is_multipart() or not isinstance(parts, list) or len(parts) > _MOST_FIELDS:
        raise Refused(400)
    fields: dict[str, str] = {}
    file = b""
    for part in parts:
        if isinstance(part, str):
            raise Refused(400)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise Refused(400)
        if part.get_filename() is None:
            try:
                fields[name] = content.decode()
            except UnicodeDecodeError as error:
                raise Refused(400) from error
        else:
            file = content
    if len(file) > MOST_FILE_BYTES:
        raise Refused(413)
    return fields, file
