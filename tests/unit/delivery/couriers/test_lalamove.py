"""What goes to Lalamove is signed as documented, and what comes of it is known for certain, or known to be unknown."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.contracts.places import GeoPoint
from services.delivery.couriers.lalamove import LalamoveV3, _Price, is_id, rupiah, signature
from services.delivery.couriers.port import Driver, NotDone, Place, Unclear
from services.delivery.couriers.profile import read
from services.delivery.domain.trip import DeliveryStatus
from services.kit.process.settings import SettingsError
from services.kit.secret import Secret
from tests.worlds.couriers import a_profile
from tests.worlds.http_server import served
from tests.worlds.lalamove import Lalamove, a_lalamove

FROM = Place(GeoPoint(lat=-8.13, lng=113.22), "Pasar Baru", name="Mall UMKM", phone="+628123456789")
TO = Place(
    GeoPoint(lat=-8.11, lng=113.23), "Jl. Semeru 3", name="Bu Siti", phone="+6281234567890", remarks="pagar hijau"
)


@pytest.fixture
async def road() -> AsyncIterator[Lalamove]:
    async with a_lalamove() as fake:
        yield fake


@pytest.fixture
async def api(road: Lalamove) -> AsyncIterator[LalamoveV3]:
    made = LalamoveV3(a_profile(road.url))
    yield made
    await made.close()


def test_a_signature_is_over_time_method_path_and_body() -> None:
    # The documentation's template, worked out by openssl.
    signed = signature("a secret", "1545880607433", "POST", "/v3/quotations", b'{"data":{}}')
    assert signed == "dc5e393e76bdf6dff62f1174e3d93736d5f5ac8f0f8040bf7d27b461d26d6f26"
    assert signed != signature("a secret", "1545880607433", "GET", "/v3/quotations", b'{"data":{}}')


async def test_quoted_placed_read_and_cancelled(road: Lalamove, api: LalamoveV3) -> None:
    quotation = await api.quote(FROM, TO)
    placed = await api.place(quotation, FROM, TO, "dlv_1")
    assert (quotation.price_rupiah, placed.price_rupiah, placed.quotation_id) == (9_000, 9_000, quotation.id)
    assert placed.status is DeliveryStatus.REQUESTED
    assert placed.driver_id is None
    order = road.only()
    assert (order.recipient["remarks"], order.job) == ("pagar hijau", "dlv_1")
    road.assign(order)
    found = await api.ride(order.id)
    assert (found.status, found.driver_id) == (DeliveryStatus.ASSIGNED, order.driver_id)
    driver = await api.driver(order.id, order.driver_id)
    assert isinstance(driver, Driver)
    assert driver.point == GeoPoint(lat=-8.1301, lng=113.2249)
    assert driver.at
    assert await api.driver(order.id, "another") is None
    assert await api.cancel(order.id)
    assert (await api.ride(order.id)).status is DeliveryStatus.CANCELLED
    assert not await api.cancel(order.id)
    assert road.unsigned == 0


async def test_another_secret_is_not_let_in(road: Lalamove) -> None:
    api = LalamoveV3(a_profile(road.url, secret="sk_prod_another"))
    with pytest.raises(NotDone) as refused:
        await api.quote(FROM, TO)
    await api.close()
    assert refused.value.away
    assert road.unsigned == 1


@pytest.mark.parametrize(
    ("fault", "certain"),
    [
        ("refused", True),
        ("no credit", True),
        ("busy", True),
        ("stale", True),
        ("lost before", False),
        ("lost after", False),
        ("broken before", False),
        ("broken after", False),
        ("garbled", False),
    ],
)
async def test_it_is_known_whether_it_is_known(road: Lalamove, api: LalamoveV3, fault: str, certain: bool) -> None:
    quotation = await api.quote(FROM, TO)
    road.faults.append(fault)
    with pytest.raises(NotDone if certain else Unclear):
        await api.place(quotation, FROM, TO, "dlv_1")
    assert not (certain and road.orders)


async def test_nobody_there_has_done_nothing() -> None:
    api = LalamoveV3(a_profile("http://127.0.0.1:1"))
    with pytest.raises(NotDone) as refused:
        await api.quote(FROM, TO)
    await api.close()
    assert refused.value.away


async def test_an_answer_in_pieces_is_read_and_one_without_end_is_not() -> None:
    filler = b" " * 60_000

    async def answer(request: Request) -> Response:
        most = 1 if request.method == "GET" else 2
        return Response(b'{"data": {"orderId": "7", "status": "ON_GOING"' + filler * most + b"}}")

    async with served(Starlette(routes=[Route("/v3/{rest:path}", answer, methods=["GET", "DELETE"])])) as port:
        api = LalamoveV3(a_profile(f"http://127.0.0.1:{port}"))
        assert (await api.ride("7")).status is DeliveryStatus.ASSIGNED
        with pytest.raises(Unclear):
            await api.cancel("7")
        await api.close()


@pytest.mark.parametrize(
    ("total", "currency", "whole"),
    [
        ("12000", "IDR", 12_000),
        ("12000.00", "IDR", 12_000),
        ("12000.50", "IDR", None),
        ("9", "HKD", None),
        ("", "IDR", None),
    ],
)
def test_a_price_is_whole_rupiah_or_none(total: str, currency: str, whole: int | None) -> None:
    assert rupiah(_Price(total, currency)) == whole


def test_an_id_goes_into_a_path_as_it_is() -> None:
    assert is_id("3265384592001")
    assert not any(map(is_id, ("", "../orders", "1/2", "a b", "1" * 65, "１")))


def test_a_profile_says_what_is_wrong_and_shows_nothing() -> None:
    assert a_profile("https://rest.lalamove.com").tests is False
    assert a_profile("https://rest.sandbox.lalamove.com", key="pk_test_of_the_tests").tests is True
    assert read(None) is None
    for wrong in ({"partner_id": "rdr_1"}, {"key": "no key"}, {"phone": "0812"}, {"unknown": 1}):
        with pytest.raises(SettingsError, match="COURIER_PROFILE") as refused:
            a_profile("https://rest.lalamove.com", **wrong)
        assert "sk_prod" not in str(refused.value)
    with pytest.raises(SettingsError, match="COURIER_PROFILE"):
        read(Secret("no json"))
