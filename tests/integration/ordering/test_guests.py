"""A guest's cart: its token is all there is to it, and who signs in takes it over."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.catalog import ProductStatus, VariantId
from services.kit.database.db import transaction
from services.kit.http.rate import RateLimit
from services.ordering.commands import carts, erasing, guests
from services.ordering.domain import guests as rules
from services.ordering.domain.cart import MAX_CART_LINES
from services.ordering.domain.guests import MAX_GUEST_LINES, Guest, new_token
from services.ordering.domain.wishes import WhenShort, Wish
from tests.integration.ordering.test_giving_back import in_cart
from tests.worlds.ordering import BUDI, SITI, a_merchant, a_product, a_variant, market
from tests.worlds.ordering_site import BAYAM, Site
from tests.worlds.payloads import PROBLEMS, problems, refused
from tests.worlds.servers import TestDatabase

OPEN = f"""mutation($lines: [CartLineInput!]!) {{ openGuestCart(lines: $lines) {{ {PROBLEMS} token
    cart {{ version goodsTotal expiresAt lines {{ quantity note whenShort }} }} }} }}"""
SHOW = """query($guest: String!) { guestCart(token: $guest) { id version goodsTotal expiredAt checkout { id } handovers { way }
    lines { quantity total problems { code } variant { id } } } }"""
SET_AS_GUEST = f"""mutation($variant: ID!, $quantity: Int!, $guest: String!) {{
    setCartLine(variantId: $variant, quantity: $quantity, guest: $guest) {{ {PROBLEMS} cart {{ version lines {{ quantity }} }} }} }}"""
REMOVE_AS_GUEST = f"""mutation($variant: ID!, $guest: String!) {{
    removeCartLine(variantId: $variant, guest: $guest) {{ {PROBLEMS} cart {{ lines {{ quantity }} }} }} }}"""
TAKE_OVER = f"""mutation($guest: String!) {{ takeOverGuestCart(token: $guest) {{ {PROBLEMS}
    cart {{ version lines {{ quantity }} }} leftOut {{ name quantity variant {{ id }} problems {{ code limit lineId }} }} }} }}"""
GONE = {"code": "NOT_FOUND", "field": "guest"}


async def opened(site: Site, **lines: int) -> str:
    given = [{"variantId": str(VariantId.seeded(name)), "quantity": quantity} for name, quantity in lines.items()]
    answer = await site.data(OPEN, None, lines=given)
    assert answer["problems"] == []
    return str(answer["token"])


async def test_who_has_not_signed_in_has_a_cart_by_its_token_alone(site: Site) -> None:
    token = await opened(site, bayam=2)
    cart = await site.data(SHOW, None, guest=token)
    assert (cart["goodsTotal"], cart["checkout"], len(cart["lines"])) == (5_000, None, 1)
    assert cart["handovers"]
    done = await site.data(SET_AS_GUEST, None, variant=BAYAM, quantity=3, guest=token)
    assert (done["problems"], done["cart"]["lines"]) == ([], [{"quantity": 3}])
    assert (await site.data(REMOVE_AS_GUEST, None, variant=BAYAM, guest=token))["cart"] == {"lines": []}
    # Its id opens nothing, not for staff either.
    for who, role in ((SITI, "buyer"), ("usr_ops", "ops")):
        assert await site.data("query($id: ID!) { cart(id: $id) { id } }", who, role, id=cart["id"]) is None


async def test_what_is_stored_opens_nothing(site: Site) -> None:
    token = await opened(site, bayam=2)
    (row,) = await site.world.rows("SELECT * FROM cart")
    assert row["token_hash"] == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)
    assert len(token) * 6 >= 128


@pytest.mark.parametrize("token", ["", "x", "a" * 32, "a" * 31 + "\u00e9", "a" * 10_000, "' OR true --"])
async def test_a_token_that_is_nobodys_opens_nothing(site: Site, token: str) -> None:
    await opened(site, bayam=2)
    before = await site.world.fingerprint()
    assert await site.data(SHOW, None, guest=token) is None
    assert await site.refused(SET_AS_GUEST, None, variant=BAYAM, quantity=1, guest=token) == GONE
    assert await site.refused(REMOVE_AS_GUEST, None, variant=BAYAM, guest=token) == GONE
    assert refused(without(await site.data(TAKE_OVER, guest=token))) == {"code": "NOT_FOUND", "field": "token"}
    after = await site.world.fingerprint()
    assert {name for name in after if after[name] != before[name]} <= {"buyer", "cart"}  # who asked became a buyer


def without(payload: Any) -> Any:
    return {name: value for name, value in payload.items() if name != "leftOut"}


async def test_a_cart_with_a_line_that_cannot_be_is_not_opened(site: Site) -> None:
    await site.world.hear(a_product("sawi", status=ProductStatus.HIDDEN))
    before = await site.world.fingerprint()
    lines = [{"variantId": BAYAM, "quantity": 0}, {"variantId": str(VariantId.seeded("sawi")), "quantity": 1}]
    told = problems(await site.data(OPEN, None, lines=lines))
    assert [(each["code"], each["field"]) for each in told] == [
        ("INVALID_QUANTITY", "lines.0.quantity"),
        ("PRODUCT_UNAVAILABLE", "lines.1.variantId"),
    ]
    assert await site.world.fingerprint() == before
    for wrong in ([], [lines[0]] * 2, [lines[0]] * (MAX_GUEST_LINES + 1)):
        assert await site.code(OPEN, None, lines=wrong) == "BAD_USER_INPUT"


async def test_a_guests_cart_has_fewer_lines(site: Site) -> None:
    names = [f"sayur-{n}" for n in range(MAX_GUEST_LINES + 1)]
    await site.world.hear(a_product("sayur", variants=[a_variant(name, gram_per_base=1.0) for name in names]))
    token = await opened(site, **dict.fromkeys(names[:-1], 1))
    full = await site.refused(SET_AS_GUEST, None, variant=str(VariantId.seeded(names[-1])), quantity=1, guest=token)
    assert full == {"code": "CART_TOO_LARGE", "limit": MAX_GUEST_LINES, "unit": "LINE"}


@pytest.mark.usefixtures("rates_stand_still")
async def test_one_address_and_all_together_open_so_many_and_no_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"variantId": BAYAM, "quantity": 1}]
    monkeypatch.setattr(rules, "MAX_OPENED_AN_HOUR", 3)
    for _ in range(3):
        await opened(site, bayam=1)
    refusal = await site.refused(OPEN, None, lines=lines)
    assert (refusal["code"], 0 < refusal["retryAfterMs"] <= 3_600_000) == ("RATE_LIMITED", True)
    assert await site.world.value("SELECT count(*) FROM cart WHERE buyer_id IS NULL") == 3
    await site.world.move_clock(3_601)
    await opened(site, bayam=1)
    haste = RateLimit(burst=rules.OPENED_AT_ONCE, per_second=rules.OPENED_PER_SECOND)
    world, asked = (
        site.world,
        f'mutation {{ openGuestCart(lines: [{{variantId: "{BAYAM}", quantity: 0}}]) {{ problems {{ code }} }} }}',
    )
    world.open_limit = haste
    from services.kit.http.identity import ANONYMOUS

    codes = [
        (await world.ask(ANONYMOUS, asked))["data"]["openGuestCart"]["problems"][0]["code"]
        for _ in range(rules.OPENED_AT_ONCE + 1)
    ]
    assert codes == ["INVALID_QUANTITY"] * rules.OPENED_AT_ONCE + ["RATE_LIMITED"]


async def test_who_signs_in_gets_what_they_had_put_in(site: Site) -> None:
    await site.world.hear(a_product("sop"), a_product("tomat"))
    await site.world.fill_cart(SITI, {VariantId.seeded("bayam"): 3, VariantId.seeded("sop"): 1})
    token = await opened(site, bayam=2, sop=4, tomat=1)
    done = await site.data(TAKE_OVER, guest=token)
    assert (done["problems"], done["leftOut"]) == ([], [])
    want = {VariantId.seeded("bayam"): 3, VariantId.seeded("sop"): 4, VariantId.seeded("tomat"): 1}
    assert await in_cart(site.world) == want
    # Once more changes nothing; for anybody else, and by the token, it is gone.
    again = await site.data(TAKE_OVER, guest=token)
    assert again == done
    assert await site.data(SHOW, None, guest=token) is None
    assert await site.refused(SET_AS_GUEST, None, variant=BAYAM, quantity=1, guest=token) == GONE
    assert (await site.data(TAKE_OVER, BUDI, guest=token))["problems"][0]["code"] == "NOT_FOUND"
    assert await in_cart(site.world, BUDI) == {}


async def test_what_was_said_comes_along_and_does_not_overrule_what_the_buyer_says(site: Site) -> None:
    world = site.world
    await world.hear(a_product("sop"))
    sop = VariantId.seeded("sop")
    async with transaction(world.db) as conn:
        await carts.set_cart_line(conn, SITI, VariantId.seeded("bayam"), 1, Wish("yang muda", None))
        token = await guests.open_cart(
            conn,
            [
                (VariantId.seeded("bayam"), 2, Wish("yang tua", WhenShort.DROP)),
                (sop, 1, Wish("tanpa seledri", WhenShort.SIMILAR)),
            ],
        )
        guest = Guest.of(token)
        assert guest is not None
        await carts.set_seller_note(conn, guest, a_merchant().merchant_id, "sebelum jam 7")
        await guests.take_over(conn, SITI, guest)
    rows = await world.rows("SELECT variant_id, quantity, note, when_short FROM cart_line ORDER BY quantity DESC")
    assert [tuple(row.values())[1:] for row in rows] == [(2, "yang muda", "DROP"), (1, "tanpa seledri", "SIMILAR")]
    assert await world.value("SELECT note FROM cart_seller") == "sebelum jam 7"


async def test_what_there_is_no_room_for_is_told_and_comes_once_there_is(site: Site) -> None:
    world = site.world
    names = [f"sayur-{n}" for n in range(MAX_CART_LINES)]
    await world.hear(a_product("sayur", variants=[a_variant(name, gram_per_base=1.0) for name in [*names, "kelor"]]))
    await world.fill_cart(SITI, {VariantId.seeded(name): 1 for name in names[1:]})
    token = await opened(site, bayam=2, kelor=1)
    done = await site.data(TAKE_OVER, guest=token)
    assert done["problems"] == []
    (left,) = done["leftOut"]
    assert left == {
        "name": "sayur",
        "quantity": 1,
        "variant": {"id": str(VariantId.seeded("kelor"))},
        "problems": [{"code": "CART_TOO_LARGE", "limit": MAX_CART_LINES, "lineId": None}],
    }
    assert (await site.data(TAKE_OVER, guest=token))["leftOut"] == [left]
    async with transaction(world.db) as conn:
        await carts.remove_cart_line(conn, SITI, VariantId.seeded("sayur-1"))
    assert (await site.data(TAKE_OVER, guest=token))["leftOut"] == []
    found = await in_cart(world)
    assert (len(found), found[VariantId.seeded("kelor")]) == (MAX_CART_LINES, 1)


async def test_a_cart_that_became_too_much_says_so_and_keeps_all_of_it(site: Site) -> None:
    for n in range(6):
        await site.world.hear(
            a_merchant(f"m{n}"), a_product(f"p{n}", f"m{n}"), a_merchant(f"n{n}"), a_product(f"q{n}", f"n{n}")
        )
    await site.world.fill_cart(SITI, {VariantId.seeded(f"p{n}"): 1 for n in range(6)})
    token = await opened(site, **{f"q{n}": 1 for n in range(6)})
    assert (await site.data(TAKE_OVER, guest=token))["leftOut"] == []
    me = await site.data("{ me { cart { lines { id } problems { code limit unit } } } }")
    assert len(me["cart"]["lines"]) == 12
    assert me["cart"]["problems"] == [{"code": "TOO_MANY_MERCHANTS", "limit": 8, "unit": "MERCHANT"}]


async def test_two_who_take_it_over_at_once_share_nothing(site: Site) -> None:
    token = await opened(site, bayam=2)
    answers = await asyncio.gather(*(site.data(TAKE_OVER, who, guest=token) for who in (SITI, BUDI, SITI, BUDI)))
    won = {answer["problems"] == [] for answer in answers}
    assert won == {True, False}
    both = await in_cart(site.world), await in_cart(site.world, BUDI)
    assert sorted(map(len, both)) == [0, 1]


async def test_who_is_erased_leaves_nothing_of_it(site: Site) -> None:
    world = site.world
    names = [f"sayur-{n}" for n in range(MAX_CART_LINES)]
    await world.hear(a_product("sayur", variants=[a_variant(name, gram_per_base=1.0) for name in names]))
    await world.fill_cart(SITI, {VariantId.seeded(name): 1 for name in names})
    token = await opened(site, bayam=2)
    assert (await site.data(TAKE_OVER, guest=token))["leftOut"]
    async with transaction(world.db) as conn:
        await erasing.erase(conn, SITI)
    assert await world.value("SELECT count(*) FROM cart_line") == 0
    assert (await site.ask(TAKE_OVER, guest=token))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


QUANTITIES = st.dictionaries(st.sampled_from(["bayam", "sop", "tomat"]), st.integers(1, 4), min_size=1)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(mine=QUANTITIES | st.just({}), theirs=st.lists(QUANTITIES, min_size=1, max_size=3), data=st.data())
def test_in_whatever_sequence_and_however_often_the_cart_is_the_same(
    made: TestDatabase, mine: dict[str, int], theirs: list[dict[str, int]], data: st.DataObject
) -> None:
    async def run() -> None:
        async with market(made, connections=2) as world:
            await world.hear(a_merchant(), a_product(), a_product("sop"), a_product("tomat"))
            tokens = []
            for lines in theirs:
                async with transaction(world.db) as conn:
                    tokens.append(await guests.open_cart(conn, [(VariantId.seeded(k), n) for k, n in lines.items()]))
            if mine:
                await world.fill_cart(SITI, {VariantId.seeded(k): n for k, n in mine.items()})
            for token in data.draw(st.permutations(tokens * 2)):
                async with transaction(world.db) as conn:
                    assert (await guests.take_over(conn, SITI, Guest.of(token))).left == []
            everything = [mine, *theirs]
            wanted = {
                VariantId.seeded(name): max(each.get(name, 0) for each in everything)
                for name in {name for each in everything for name in each}
            }
            assert await in_cart(world) == wanted

    asyncio.run(run())


def test_a_token_is_long_and_never_the_same() -> None:
    made = {new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(Guest.of(each) for each in made)
