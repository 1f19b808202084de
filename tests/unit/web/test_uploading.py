"""A form with a file, as browsers send it, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.uploading import MOST_FILE_BYTES, read
from services.web.visit import Refused


def form(boundary: str, fields: dict[str, str], file: bytes) -> bytes:
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="harga.csv"\r\ncontent-type: text/csv\r\n\r\n'
    return b"".join([*parts, head.encode(), file, f"\r\n--{boundary}--\r\n".encode()])


@given(
    st.binary(max_size=2_000), st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=50)
)
def test_a_file_comes_as_it_was_sent(content: bytes, text: str) -> None:
    sent = form("batas1234567890", {"kind": "PRICES", "note": text}, content)
    assert read("multipart/form-data; boundary=batas1234567890", sent) == ({"kind": "PRICES", "note": text}, content)


@pytest.mark.parametrize(
    "content", ["kode;é\r\n".encode("cp1252"), "kode\r\n".encode("utf-16"), b"a\rb\r", b"\n\n", b"--"]
)
def test_bytes_of_any_encoding(content: bytes) -> None:
    assert read('multipart/form-data; boundary="b b"', form("b b", {}, content))[1] == content


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n' * 40 + b"--x--"),
        ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n'),
        ("multipart/form-data; boundary=\xe9", b"--x--"),
        ("multipart/form-data; boundary=x\r\nx: y", b"--x--"),
    ],
)  # fmt: skip
def test_what_is_no_such_form(kind: str, body: bytes) -> None:
    with pytest.raises(Refused) as no:
        read(kind, body)
    assert no.value.status == 400


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(Refused) as no:
        read("multipart/form-data; boundary=x", form("x", {}, b"a" * (MOST_FILE_BYTES + 1)))
    assert no.value.status == 413
