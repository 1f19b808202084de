"""What is sealed is opened by the one key, whole, and fits an event."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.messaging.envelope import MAX_PAYLOAD_BYTES
from services.personal import sealing
from services.personal.sealing import PIECE_BYTES, Unreadable

PRIVATE, PUBLIC = sealing.key_pair()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_JSON)
def test_what_was_sealed_comes_out_as_it_was(section: object) -> None:
    pieces = sealing.sealed(sealing.packed(section), PUBLIC)
    assert sealing.unpacked(b"".join(sealing.opened(each, PRIVATE) for each in pieces)) == section


@pytest.mark.parametrize(("size", "pieces"), [(1, 1), (PIECE_BYTES, 1), (PIECE_BYTES + 1, 2), (3 * PIECE_BYTES, 3)])
def test_each_piece_fits_an_event(size: int, pieces: int) -> None:
    packed = random.Random(size).randbytes(size)
    found = sealing.sealed(packed, PUBLIC)
    assert len(found) == pieces
    assert all(len(each) < MAX_PAYLOAD_BYTES - 10_000 for each in found)
    assert b"".join(sealing.opened(each, PRIVATE) for each in found) == packed


def test_only_the_private_key_opens_it_and_the_public_one_does_not_have_it() -> None:
    (piece,) = sealing.sealed(b"Siti", PUBLIC)
    assert "d" not in json.loads(PUBLIC)
    for key in (sealing.key_pair()[0], PUBLIC):
        with pytest.raises(Unreadable):
            sealing.opened(piece, key)


@given(st.integers(0, 4), st.integers(0, 255))
def test_whatever_was_changed_is_not_opened(part: int, byte: int) -> None:
    (piece,) = sealing.sealed(b"Siti" * 10, PUBLIC)
    parts = piece.split(".")
    parts[part] = parts[part][: byte % (len(parts[part]) + 1)] + "AB"
    with pytest.raises(Unreadable):
        sealing.opened(".".join(parts), PRIVATE)


@pytest.mark.parametrize("text", ["", "a.b.c.d.e", "x" * 10_000_000, "eyJhbGciOiJub25lIn0....", "é"])
def test_what_is_no_jwe_is_not_opened(text: str) -> None:
    with pytest.raises(Unreadable):
        sealing.opened(text, PRIVATE)


@pytest.mark.parametrize("packed", [b"", b"x", sealing.packed({"a": 1})[:-9], sealing.packed({"a": 1})[:10]])
def test_half_of_it_is_not_unpacked(packed: bytes) -> None:
    with pytest.raises(Unreadable):
        sealing.unpacked(packed)
