"""Codes that are handed on."""

from __future__ import annotations

from services.kit import handed_on


def test_a_code_is_read_as_people_write_it() -> None:
    code = handed_on.made()
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    for typed in (code.lower(), code.replace("-", ""), f" {code} ", code.replace("0", "O").replace("1", "l")):
        assert handed_on.digest(typed) == handed_on.digest(code)


def test_codes_differ_and_so_does_what_is_kept_of_them() -> None:
    assert len({handed_on.digest(handed_on.made()) for _ in range(1_000)}) == 1_000
