"""What robots read of a phone."""

from __future__ import annotations

import pytest

from infra.local.robots.platform import code_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kode Wlijo Anda: 041562. Berlaku 5 menit. Jangan beri tahu siapa pun.", "041562"),
        ("Pesanan LMJ-261130-0001 sudah sampai. Terima kasih.", None),
        ("Pesanan LMJ-261130-0001. Kode 123456", "123456"),
        ("0812345678", None),
    ],
)
def test_a_code_is_six_digits_by_themselves(text: str, code: str | None) -> None:
    assert code_in(text) == code
