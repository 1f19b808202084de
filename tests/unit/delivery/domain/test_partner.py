"""Which states ops may put a partner into."""

from __future__ import annotations

import itertools

import pytest

from services.contracts.delivery import PartnerStatus
from services.delivery.domain import partner


@pytest.mark.parametrize(("current", "wanted"), [*itertools.product(PartnerStatus, PartnerStatus)])
def test_states_that_have_no_way_of_their_own_can_be_set_and_what_is_set_already_changes_nothing(
    current: PartnerStatus, wanted: PartnerStatus
) -> None:
    over = current in (PartnerStatus.SENT_BACK, PartnerStatus.LEFT)
    way = wanted in (PartnerStatus.INVITED, PartnerStatus.SENT_BACK, PartnerStatus.LEFT)
    if current is not wanted and (over or way):
        with pytest.raises(partner.IllegalStatus) as refused:
            partner.changes(current, wanted)
        assert refused.value.current is current
    else:
        assert partner.changes(current, wanted) == (current is not wanted)
