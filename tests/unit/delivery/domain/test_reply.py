"""What of a reply can be kept and answered."""

from __future__ import annotations

import pytest

from services.contracts.partner import RefusalCode
from services.delivery.domain.reply import ReplyRefused, is_usable


@pytest.mark.parametrize("reply_id", ["", "x" * 129, "a\nb", "a\0b", "\ud800", "\u202e"])
def test_an_id_that_cannot_be_written_back_is_not_usable(reply_id: str) -> None:
    assert not is_usable(reply_id)
    assert is_usable("x" * 128)


def test_a_refusal_that_quotes_what_was_sent_holds_nothing_that_cannot_be_stored() -> None:
    assert ReplyRefused(RefusalCode.MALFORMED, "no type 'a\0b\ud800c\n'").message == "no type 'a?b?c?'"
    assert len(ReplyRefused(RefusalCode.MALFORMED, "x" * 1_000).message) == 300
