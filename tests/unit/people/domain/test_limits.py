"""By what callers are counted who are not known yet."""

from __future__ import annotations

import pytest

from services.kit.secret import Secret
from services.people.domain.limits import Limits, place

LIMITS = Limits(Secret("a key"))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("test", "test"),
    ],
)
def test_a_subscriber_is_one_place(address: str, counted: str) -> None:
    assert place(address) == counted


def test_an_address_is_kept_as_what_nobody_reads() -> None:
    keys = {take.key for take in LIMITS.of_caller("+6281234567890", "198.51.100.7")}
    assert not any("198.51" in key for key in keys)
    assert LIMITS.guess("198.51.100.7").key == LIMITS.guess("198.51.100.7").key
    assert Limits(Secret("another")).guess("198.51.100.7").key != LIMITS.guess("198.51.100.7").key
