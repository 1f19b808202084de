"""Types that every graph has: Node and points."""

import math

import strawberry

from services.kit.graphql.errors import BadUserInput


@strawberry.interface(description="Anything with an id of its own. Ids are opaque and tell their kind by a prefix.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; the prefix tells the kind.")


@strawberry.federation.type(shareable=True, description="A place on the earth, in degrees (WGS 84).")
class Point:
    lat: float = strawberry.field(description="Degrees north of the equator; south is negative.")
    lng: float = strawberry.field(description="Degrees east of Greenwich.")


@strawberry.input(description="A place on the earth, in degrees (WGS 84).")
class PointInput:
    lat: float = strawberry.field(description="Degrees north of the equator, -90 to 90; south is negative.")
    lng: float = strawberry.field(description="Degrees east of Greenwich, -180 to 180.")

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat) and -90 <= self.lat <= 90):
            raise BadUserInput("lat is a number of degrees from -90 to 90")
        if not (math.isfinite(self.lng) and -180 <= self.lng <= 180):
            raise BadUserInput("lng is a number of degrees from -180 to 180")
