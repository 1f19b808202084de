"""People shows of a person nothing to staff: what is there is whose it is."""

from __future__ import annotations

from services.contracts.people import StaffRole
from services.kit.database.db import transaction
from services.people.store import staff
from tests.contracts.staff_reads import AUDITED, OWN, gates
from tests.worlds.exporting import somebody
from tests.worlds.people import REFRESH, House

_ENTITY = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Person { id name phone } } }"


def test_there_is_no_way_to_anothers() -> None:
    assert gates("people", AUDITED) == set()
    assert {"Query.viewer", "_Entity.Person"} <= gates("people", OWN)


async def test_staff_see_themselves_alone(home: House) -> None:
    siti, ops = await somebody(home, "+6281234590001"), await somebody(home, "+6281234590002")
    async with transaction(home.db) as conn:
        await staff.grant(conn, ops.id, StaffRole.OPS)
        await staff.grant(conn, ops.id, StaffRole.OFFICER)
    token = (await home.done(REFRESH, shown=ops.signed["tokens"]["refreshToken"]))["accessToken"]
    both = [{"__typename": "Person", "id": str(each.id)} for each in (siti, ops)]
    assert await home.data(_ENTITY, token, of=both) == [None, {"id": str(ops.id), "name": None, "phone": ops.phone}]
    assert (await home.data("{ viewer { person { id } } }", token))["person"] == {"id": str(ops.id)}
