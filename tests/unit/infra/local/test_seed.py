"""The seed is whole: what one file names, another has; codes are real; keys are told once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from lokal import wilayah

from infra.local import people, processes
from infra.local.problems import CannotStart
from infra.local.seeded import ROBOT_MERCHANT, SEED
from infra.local.state import ROOT


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SEED / f"{name}.json").read_text())
    return found


CATALOG, ORDERING, DELIVERY = (_read(name) for name in ("catalog", "ordering", "delivery"))
MERCHANTS = CATALOG["merchants"]
PRODUCTS = [product for merchant in MERCHANTS for product in merchant["products"]]
VARIANTS = [variant for product in PRODUCTS for variant in product["variants"]]
UNITS = {unit["code"]: unit for unit in CATALOG["units"]}
_ROW = re.compile(r"\('(35\.08\.\d\d)', '([^']+)', 'KECAMATAN', '35\.08', '(\d{5})', (-[78]\.\d+), (11[23]\.\d+)\)")
REGIONS = _ROW.findall((ROOT / "services/catalog/migrations/0002_lumajang.sql").read_text("utf-8"))
KECAMATAN = {code for code, *_ in REGIONS}
POINTS = [
    *(merchant["point"] for merchant in MERCHANTS),
    *(stop["point"] for merchant in MERCHANTS for stop in merchant["route"]),
    *(contact["point"] for buyer in ORDERING["buyers"] for contact in buyer["contacts"]),
    *(corner for zone in DELIVERY["zones"] for corner in zone["boundary"]),
]


def test_the_kecamatan_are_those_of_lumajang_by_code_name_and_postcode() -> None:
    assert len(REGIONS) == 21
    assert {(code, name) for code, name, *_ in REGIONS} == {
        (place.code, place.name) for place in wilayah.list_wilayah("35.08")
    }
    for code, _, postcode, *_ in REGIONS:
        assert postcode in wilayah.postal_codes_in(code), code


def test_there_are_twelve_merchants_and_three_of_them_are_wlijo_with_routes() -> None:
    assert len(MERCHANTS) >= 12
    assert len([merchant for merchant in MERCHANTS if merchant["kind"] == "WLIJO" and merchant["route"]]) == 3


def test_every_village_named_is_a_real_one_of_the_kecamatan_named() -> None:
    places = [(merchant["desa"], merchant["kecamatan_code"]) for merchant in MERCHANTS]
    places += [(c["desa"], c["kecamatan_code"]) for buyer in ORDERING["buyers"] for c in buyer["contacts"]]
    places += [(product["origin_desa"], "35.08") for product in PRODUCTS if "origin_desa" in product]
    for desa, inside in places:
        assert wilayah.get_wilayah(desa) is not None, desa
        assert desa.startswith(inside)
        assert desa[:8] in KECAMATAN


def test_every_point_lies_in_the_regency() -> None:
    for point in POINTS:
        assert -8.35 < point["lat"] < -7.9, point
        assert 112.85 < point["lng"] < 113.4, point


def test_keys_and_stock_numbers_are_told_once() -> None:
    for found in (
        [merchant["key"] for merchant in MERCHANTS],
        [product["key"] for product in PRODUCTS],
        [variant["key"] for variant in VARIANTS],
        [variant["sku"] for variant in VARIANTS],
        [company["key"] for company in DELIVERY["partners"]],
        [rider["key"] for company in DELIVERY["partners"] for rider in company["riders"]],
        [tariff["key"] for tariff in DELIVERY["tariffs"]],
        [person.name for person in people.everyone()],
    ):
        assert [key for key, times in Counter(found).items() if times > 1] == []


def test_every_variant_can_be_priced_counted_and_weighed() -> None:
    for variant in VARIANTS:
        unit = UNITS[variant["unit"]]
        assert variant["price_rupiah"] > 0
        assert variant["price_basis"] > 0
        assert variant["on_hand"] >= variant["min"] > 0
        assert variant["min"] % variant["step"] == 0
        assert ("gram_per_piece" in variant) == (unit["kind"] == "COUNT"), variant["key"]


def test_every_product_is_of_a_known_category() -> None:
    assert {product["category"] for product in PRODUCTS} <= {category["key"] for category in CATALOG["categories"]}


def test_the_first_order_can_be_placed_at_any_hour() -> None:
    always = [merchant for merchant in MERCHANTS if merchant["hours"] == "always" and merchant["auto_accept"]]
    sold = {product["name"] for merchant in always for product in merchant["products"]}

    assert {"Klengkeng Kateki", "Bayam"} <= sold


def test_the_robots_merchant_is_always_open_and_does_not_accept_by_itself() -> None:
    merchant = next(merchant for merchant in MERCHANTS if merchant["key"] == ROBOT_MERCHANT)

    assert (merchant["hours"], merchant["auto_accept"]) == ("always", False)


def test_opening_hours_are_within_the_day() -> None:
    for merchant in MERCHANTS:
        for hours in [] if merchant["hours"] == "always" else merchant["hours"]:
            assert re.fullmatch(r"\d\d:\d\d", hours["opens"])
            assert hours["opens"] < hours["closes"] <= "23:59"
            assert set(hours["weekdays"]) <= set(range(7))


def test_everybody_that_the_seed_names_may_get_a_token_in_that_role() -> None:
    known = {(person.name, person.role) for person in people.everyone()}
    wanted = {(buyer["person"], "buyer") for buyer in ORDERING["buyers"]}
    wanted |= {(member["person"], "merchant") for merchant in MERCHANTS for member in merchant["members"]}
    wanted |= {(company["person"], "partner") for company in DELIVERY["partners"]}
    wanted |= {(rider["person"], "rider") for company in DELIVERY["partners"] for rider in company["riders"]}

    assert wanted <= known
    assert {person.role for person in people.everyone()} == set(people.ROLES)


def test_three_ojek_companies_have_three_riders_each_and_one_has_http_alone() -> None:
    assert [(len(company["riders"]), company.get("channel")) for company in DELIVERY["partners"]] == [
        (3, None),
        (3, None),
        (3, "HTTP"),
    ]


def test_no_seeded_company_lets_a_first_order_wait_for_its_silence() -> None:
    assert {company.get("ignore_every", 0) for company in DELIVERY["partners"]} == {0}


def test_tariffs_say_what_they_rest_on_and_share_the_whole_fee() -> None:
    for tariff in DELIVERY["tariffs"]:
        shares = tariff["rider_share_pct"] + tariff["partner_share_pct"] + tariff["platform_share_pct"]
        assert shares == 100
        assert tariff["legal_basis"]
        assert tariff["binding"] is False


def test_robots_work_for_the_companies_asked_for() -> None:
    assert processes.chosen_robots(None) == ["ojek-semeru", "ojek-minak-koncar", "ojek-jogotrunan"]
    assert processes.chosen_robots("ojek-semeru") == ["ojek-semeru"]
    assert processes.chosen_robots("") == []
    with pytest.raises(CannotStart, match="there is no ojek company 'gojek'"):
        processes.chosen_robots("gojek")


def _read_by_buyers(node: Any) -> Iterator[str]:
    """Every text of these files that somebody reads in an app."""
    if isinstance(node, list):
        for each in node:
            yield from _read_by_buyers(each)
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in {"name", "label", "description", "note", "line"}:
                yield value
            else:
                yield from _read_by_buyers(value)


def _glossed(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if re.search(r"\((?!\d+ g\))", text)]


def test_what_buyers_read_is_indonesian_without_a_gloss() -> None:
    assert _glossed(_read_by_buyers([CATALOG, ORDERING, DELIVERY])) == []


def test_a_gloss_would_be_seen_and_a_measure_is_none() -> None:
    assert _glossed(_read_by_buyers({"variants": [{"label": "1 ikat (bunch)"}, {"label": "per ons (100 g)"}]})) == [
        "1 ikat (bunch)"
    ]
