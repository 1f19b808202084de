"""Values as the graph shows and reads them: rupiah, instants, times, points, ids."""

import pytest

from services.kit.observe.telemetry import Telemetry
from tests.worlds.asgi import ask
from tests.worlds.basket import BasketId, code_of


async def test_values_are_shown_in_the_graphs_formats(app: Telemetry) -> None:
    document = "query($id: ID!) { basket(id: $id) { id total at day opens place { lat lng } } }"
    basket_id = str(BasketId.seeded("a"))
    assert await ask(app, document, id=basket_id) == {
        "data": {
            "basket": {
                "id": basket_id,
                "total": 9007199254740991,
                "at": "2026-02-01T03:30:00.123Z",
                "day": "2026-02-01",
                "opens": "07:30",
                "place": {"lat": -8.13, "lng": 113.22},
            }
        }
    }


@pytest.mark.parametrize("value", [True, 1.0, 1.5, -1, 2**53, "5", None])
async def test_a_rupiah_is_a_whole_number_that_json_can_carry(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: Rupiah!) { echo(total: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_a_literal_of_another_type_fails_validation(app: Telemetry) -> None:
    assert code_of(await ask(app, "{ echo(total: 1.5) }")) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("value", ["2026-02-01T03:30:00", "2026-02-01", "yesterday", 5, "2026-02-30T00:00:00Z"])
async def test_an_instant_needs_date_time_and_zone(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: DateTime) { echo(total: 1, at: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_an_instant_of_another_zone_is_read_as_utc(app: Telemetry) -> None:
    document = "query($t: DateTime, $o: LocalTime) { echo(total: 1, at: $t, opens: $o) }"
    answer = await ask(app, document, t="2026-02-01T10:30:00+07:00", o="23:59")
    assert answer == {"data": {"echo": "1 2026-02-01 03:30:00+00:00 23:59:00"}}


@pytest.mark.parametrize("value", ["24:00", "7:30", "07:30:00", "07:60", 730])
async def test_a_local_time_is_two_digits_colon_two_digits(app: Telemetry, value: object) -> None:
    answer = await ask(app, "query($t: LocalTime) { echo(total: 1, opens: $t) }", t=value)
    assert code_of(answer) == "BAD_USER_INPUT"


async def test_a_point_off_the_earth_is_refused(app: Telemetry) -> None:
    assert code_of(await ask(app, "{ near(point: {lat: 91, lng: 0}) }")) == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", ["nonsense", "ord_01h455vb4pex5vsknk084sn02q", "", "bsk_"])
async def test_an_id_that_is_malformed_or_of_another_kind_is_bad_input(app: Telemetry, text: str) -> None:
    answer = await ask(app, "query($id: ID!) { basket(id: $id) { id } }", id=text)
    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["data"] == {"basket": None}


async def test_null_where_the_variable_may_be_null_and_the_argument_not_is_bad_input(app: Telemetry) -> None:
    answer = await ask(app, 'query($n: Int) { fails(how: "x", times: $n) }', n=None)
    assert code_of(answer) == "BAD_USER_INPUT"
    assert answer["data"] == {"fails": None}
    assert await ask(app, 'query($n: Int) { fails(how: "x", times: $n) }') == {"data": {"fails": "x"}}
