"""Lists as Relay connections with keyset cursors: a page begins after a key, so rows that come and go move nothing."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

import strawberry
from strawberry.federation.schema_directives import FederationDirective, ImportedFrom
from strawberry.federation.versions import FederationVersion
from strawberry.schema_directive import Location

from services.kit import cursors
from services.kit.graphql.errors import BadUserInput

DEFAULT_FIRST = 20
MAX_FIRST = 100


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="listSize", print_definition=False)
class ListSize(FederationDirective):
    """How long a list may get; a gateway reckons an operation's cost by it."""

    assumed_size: int
    slicing_arguments: list[str]
    sized_fields: list[str]
    require_one_slicing_argument: bool
    imported_from: ClassVar[ImportedFrom] = ImportedFrom(
        name="listSize", url="https://specs.apollo.dev/federation/v2.9"
    )
    minimum_version: ClassVar[FederationVersion] = (2, 9)


# For every field that answers a connection.
PAGED = ListSize(
    assumed_size=DEFAULT_FIRST,
    slicing_arguments=["first"],
    sized_fields=["edges"],
    require_one_slicing_argument=False,
)


def sized(most: int) -> ListSize:
    """For a plain list that never holds more."""
    return ListSize(assumed_size=most, slicing_arguments=[], sized_fields=[], require_one_slicing_argument=False)


N = TypeVar("N")
R = TypeVar("R")
K = TypeVar("K", bound=tuple[object, ...])


@strawberry.federation.type(shareable=True, description="Where a page ends and whether another follows.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after `endCursor`.")
    has_previous_page: bool = strawberry.field(
        default=False, description="Whether the page was asked for with a cursor: there was something before it."
    )
    start_cursor: str | None = strawberry.field(
        default=None, description="The cursor of this page's first edge; null when the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        default=None, description="The cursor of this page's last edge, for `after`; null when the page is empty."
    )


@strawberry.type(description="One element of a list and where it stands.")
class Edge(Generic[N]):
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    node: N


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    edges: list[Edge[N]]
    page_info: PageInfo


class Page(Generic[K]):
    """What a list field was asked for. `limit` is one more than is shown: it tells whether a page follows.

        page = Page(first, after, tuple[datetime, UUID])
        rows = await store.orders(db, buyer_id, after=page.after, limit=page.limit)
        return page.connection(rows, key=lambda row: (row.placed_at, row.id.uuid), node=Order.of)

    and in SQL, newest first: `WHERE $2::timestamptz IS NULL OR (placed_at, id) < ($2, $3)
    ORDER BY placed_at DESC, id DESC LIMIT $4`. The key must be unique and its order the list's stated order.
    """

    def __init__(self, first: int | None, after: str | None, shape: type[K]) -> None:
        """Raises BadUserInput for a `first` outside 0 … 100 and for a cursor that this list did not give."""
        if first is not None and not 0 <= first <= MAX_FIRST:
            raise BadUserInput(f"first is from 0 to {MAX_FIRST}")
        self.first = DEFAULT_FIRST if first is None else first
        self.limit = self.first + 1
        self.after: K | None = None if after is None else read_cursor(after, shape)

    def connection(self, rows: Sequence[R], *, key: Callable[[R], K], node: Callable[[R], N]) -> Connection[N]:
        edges = [Edge(cursor=cursor(key(row)), node=node(row)) for row in rows[: self.first]]
        return Connection(edges=edges, page_info=self.info(len(rows), [edge.cursor for edge in edges]))

    def info(self, found: int, cursors: Sequence[str]) -> PageInfo:
        """For a connection whose edges have fields of their own. `found` counts the rows that the query returned."""
        return PageInfo(
            has_next_page=found > self.first,
            has_previous_page=self.after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


def cursor(key: tuple[object, ...]) -> str:
    """Opaque text for a key of strings, numbers, times and UUIDs."""
    return cursors.written(key)


def read_cursor(text: str, shape: type[K]) -> K:
    """The key, of the shape of this list's keys. Raises BadUserInput."""
    try:
        return cursors.read(text, shape)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error
