"""`node(id:)` knows the kinds of other services by the prefixes that those services give."""

from __future__ import annotations

from services.catalog.schema.node import STUBS
from services.contracts import delivery, ordering, people
from services.kit.ids import Id
from services.ordering.domain import ids as of_ordering_alone


def test_each_kind_is_found_by_the_prefix_of_its_owners_ids() -> None:
    classes = {
        name.removesuffix("Id"): found.prefix
        for module in (ordering, delivery, people, of_ordering_alone)
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, Id)
    }
    assert {kind.__name__: prefix for prefix, kind in STUBS.items()} == {
        kind.__name__: classes[kind.__name__] for kind in STUBS.values()
    }
