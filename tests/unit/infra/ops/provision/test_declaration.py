from __future__ import annotations

import pytest

from infra.ops.heard import heard_by
from infra.ops.provision.declaration import HEARD_BEFORE, rights_of_service
from services.contracts.registry import NAMES, topics
from services.kit.kafka import LOG_TOPIC
from services.kit.kafka.admin import Operation, Resource

# What 0.1.0 subscribes to. A worker of it that may not read one of these applies nothing at all.
RELEASED = {
    "catalog": {"ordering.orders"},
    "ordering": {
        "catalog.merchants",
        "catalog.products",
        "catalog.reservations",
        "delivery.deliveries",
        "delivery.partners",
    },
    "delivery": {"catalog.merchants", "ordering.orders"},
}


def _read(service: str) -> set[str]:
    return {
        acl.name
        for acl in rights_of_service(service)
        if acl.resource is Resource.TOPIC and acl.operation is Operation.READ
    }


@pytest.mark.parametrize("service", sorted(RELEASED))
def test_the_image_before_may_read_what_it_hears(service: str) -> None:
    assert RELEASED[service] <= _read(service)


@pytest.mark.parametrize("service", NAMES)
def test_a_service_may_read_nothing_else(service: str) -> None:
    assert _read(service) == {*heard_by(service), *HEARD_BEFORE.get(service, ()), LOG_TOPIC}


def test_a_right_kept_for_the_image_before_goes_when_it_is_heard_again_or_untold() -> None:
    for service, kept in HEARD_BEFORE.items():
        assert not set(kept) & set(heard_by(service))
        assert set(kept) <= set(topics([]))
