"""What may happen to the public schema: each rule, and what it refuses."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema

from gateway.governance.__main__ import ROOT, Repository, main, problems
from gateway.governance.apart import costly
from gateway.governance.changes import Change, Release, compare, refused
from gateway.governance.descriptions import undescribed
from gateway.governance.shapes import misshapen
from gateway.supergraph.load import load

TODAY = date(2026, 11, 25)
OLD = """
type Query { order(id: ID!, lang: String): Order  old: Int @deprecated(reason: "2026-09-01: use order.") }
type Order { id: ID! total: Int }
enum Status { NEW DONE }
input Place { id: ID! note: String }
union Result = Order | Gone
type Gone { code: Status }
type Mutation { place(input: Place): Result }
"""


def why(new: str, *, today: date = TODAY, carried: int = 1) -> list[str]:
    changes = compare(build_schema(OLD), build_schema(new))
    releases = [Release(f"0.{number}.0", TODAY) for number in range(carried)]
    return refused(changes, {"Query.old": releases}, today)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("total: Int", "", "Order.total was removed: it was not deprecated in the last release."),
        (", lang: String", "", "Query.order(lang:) was removed: it was not deprecated in the last release."),
        ("NEW DONE", "NEW", "Status.DONE was removed: it was not deprecated in the last release."),
        ("Order | Gone", "Order", "Result | Gone was removed: it was not deprecated in the last release."),
        ("total: Int", "total: String", "Field Order.total changed type from Int to String. This breaks clients."),
        ("note: String", "note: String!", "Field Place.note changed type from String to String!. This breaks clients."),
        ("note: String", "note: String more: Int!", "more"),
        ("lang: String", "lang: String, more: Int!", "more"),
    ],
)
def test_what_breaks_a_client_is_refused(before: str, after: str, said: str) -> None:
    (sentence,) = why(OLD.replace(before, after))
    assert said == sentence or (said == "more" and "more" in sentence and sentence.endswith("This breaks clients."))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("NEW DONE", "NEW DONE LOST"),
        ("Order | Gone", "Order | Gone | Late"),
        ("note: String", "note: String more: Int"),
        ("total: Int", "total: Int! fee: Int"),
        ("lang: String", "lang: String, more: Int"),
    ],
)
def test_what_a_client_lives_with_is_allowed(before: str, after: str) -> None:
    assert why(OLD.replace(before, after) + " type Late { id: ID }") == []


def test_a_deprecated_field_goes_after_six_months_or_two_releases() -> None:
    new = OLD.replace('old: Int @deprecated(reason: "2026-09-01: use order.")', "")
    (sentence,) = why(new)
    assert sentence == (
        "Query.old was removed: deprecated on 2026-09-01, it stays until 2027-03-01 or until 2 releases have carried "
        "the deprecation (1 did)."
    )
    assert why(new, today=date(2027, 3, 1)) == []
    assert why(new, carried=2) == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("2026-11-25: use total.", []),
        ("Nothing replaces it, 2026-11-25.", []),
        ("use total", ["Order.total is deprecated without the day of the deprecation (2026-11-25)."]),
        (
            "2026-11-25",
            ["Order.total is deprecated without what replaces it (“Use …”, or “Nothing replaces it”)."],
        ),
    ],
)
def test_a_deprecation_says_what_replaces_it_and_when_it_was_made(reason: str, said: list[str]) -> None:
    assert why(OLD.replace("total: Int", f'total: Int @deprecated(reason: "{reason}")')) == said


def test_all_that_clients_see_is_described() -> None:
    schema = build_schema(
        """type Query { "an order" order("whose" id: ID!, lang: String): Order plain: Int }
        "an order" type Order { id: ID! } enum Status { NEW } input Place { id: ID! }"""
    )
    assert undescribed(schema) == [
        "Order.id",
        "Place",
        "Place.id",
        "Query.order(lang:)",
        "Query.plain",
        "Status",
        "Status.NEW",
    ]


def test_the_changelog_lists_what_was_added_deprecated_and_removed() -> None:
    new = OLD.replace("total: Int", 'total: Int @deprecated(reason: "2026-11-25: use fee.") fee: Int')
    assert compare(build_schema(OLD), build_schema(new)) == [
        Change("added", "Order.fee"),
        Change("deprecated", "Order.total", "2026-11-25: use fee."),
    ]


SUPERGRAPH = (ROOT / "gateway" / "supergraph.graphql").read_text(encoding="utf-8")


def test_no_field_of_the_committed_schema_would_take_along_what_another_service_answers() -> None:
    assert costly(load(SUPERGRAPH)) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "  regions: [Region!] @join",
            "  regions: [Region!]! @join",
            "Query.regions may not be null: with its service away there would be no data at all.",
        ),
        (
            "): PlaceOrderPayload @join",
            "): PlaceOrderPayload! @join",
            "Mutation.placeOrder may not be null: with its service away there would be no data at all.",
        ),
        (
            "  delivery: Delivery @join",
            "  delivery: Delivery! @join",
            "Order.delivery may not be null, and another service answers it than ordering.",
        ),
        (
            "  variant: Variant\n",
            "  variant: Variant!\n",
            "OrderLine.variant may not be null, and leads to Variant, which is catalog's.",
        ),
        (
            "  sellerOrders: [SellerOrder!]! @join",
            "  sellerOrders: [SellerOrder!]! cancelledWith: [Variant!] @join",
            "Order.cancelledWith may not be null, and leads to Variant, which is catalog's.",
        ),
    ],
)
def test_a_field_that_would_is_refused(before: str, after: str, said: str) -> None:
    assert before in SUPERGRAPH
    assert said in costly(load(SUPERGRAPH.replace(before, after)))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder in ("gateway", "docs"):
        (tmp_path / folder).mkdir()
    for name in ("gateway/supergraph.graphql", "CHANGELOG-API.md", "docs/api.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "gateway" / "released", tmp_path / "gateway" / "released")
    return tmp_path


def test_the_committed_schema_may_be_merged() -> None:
    assert problems(Repository(ROOT), TODAY) == []


def test_a_field_that_leaves_the_committed_schema_fails_the_check(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repository / "gateway" / "supergraph.graphql"
    text = file.read_text()
    line = next(line for line in text.splitlines() if line.strip().startswith("handoverPin: "))
    file.write_text(text.replace(line, line.replace("handoverPin", "pin")))
    assert main(["check"], repository) == 1
    said = capsys.readouterr().err
    assert "Delivery.handoverPin was removed: it was not deprecated in the last release." in said
    assert "CHANGELOG-API.md is not current: run make api-changelog." in said


def test_a_release_keeps_the_schema_and_is_made_once(repository: Path) -> None:
    assert main(["release", "9.0.0", "2026-12-01"], repository) == 0
    assert (
        (repository / "gateway" / "released" / "9.0.0.graphql")
        .read_text()
        .startswith("# Release 9.0.0 of 2026-12-01\n")
    )
    assert "## 9.0.0, 2026-12-01" in (repository / "CHANGELOG-API.md").read_text()
    assert main(["check"], repository) == 0
    with pytest.raises(FileExistsError):
        main(["release", "9.0.0", "2026-12-02"], repository)


def test_a_baseline_is_taken_though_it_breaks_clients_and_may_be_taken_again(repository: Path) -> None:
    file = repository / "gateway" / "supergraph.graphql"
    text = file.read_text()
    file.write_text(text.replace("  handoverPin: ", "  pin: ", 1))
    assert main(["release", "9.0.0", "2026-12-01"], repository) == 1
    for _ in range(2):
        assert main(["release", "9.0.0", "2026-12-01", "--baseline"], repository) == 0
    assert "Delivery.handoverPin" in (repository / "CHANGELOG-API.md").read_text().split("## 9.0.0")[1]
    assert main(["check"], repository) == 0


SHAPED = """
interface Problem { code: String! message: String! limit: Int }
type Refusal implements Problem { code: String! message: String! limit: Int }
type Parts implements Problem { code: String! message: String! limit: Int lines: [Int!]! order: Order }
type Order { id: ID! }
type PlaceOrderPayload { order: Order problems: [Problem!]! }
type QuotePayload { fee: Int problems: [Problem!]! }
type Query { quote: QuotePayload }
type Mutation { placeOrder: PlaceOrderPayload! }
"""


def test_shapes_that_normalised_caches_live_with_are_allowed() -> None:
    assert misshapen(build_schema(SHAPED)) == []
    assert misshapen(Repository(ROOT).present()) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "type Query {",
            "union Found = Order | Refusal type Query { found: Found",
            "Found is a union: an app drops a member that it does not know. Answer an object, or an interface.",
        ),
        (
            "placeOrder: PlaceOrderPayload!",
            "placeOrder: Problem!",
            "Mutation.placeOrder answers Problem!: a mutation answers the object PlaceOrderPayload, which nothing else answers.",
        ),
        (
            "placeOrder: PlaceOrderPayload!",
            "placeOrder: PlaceOrderPayload! again: PlaceOrderPayload!",
            "Mutation.again answers PlaceOrderPayload!: a mutation answers the object AgainPayload, which nothing else answers.",
        ),
        (
            "order: Order problems: [Problem!]!",
            "order: Order",
            "PlaceOrderPayload has no problems: [Problem!]!.",
        ),
        (
            "order: Order problems: [Problem!]!",
            "order: Order problems: [Refusal!]!",
            "PlaceOrderPayload has no problems: [Problem!]!.",
        ),
        ("fee: Int problems: [Problem!]!", "fee: Int", "QuotePayload has no problems: [Problem!]!."),
        (
            "order: Order problems",
            "order: Order! problems",
            "PlaceOrderPayload.order is Order!: of what is refused there is nothing, so it is nullable.",
        ),
        (
            "lines: [Int!]!",
            "least: Int!",
            "Parts.least is carried alone: a fact that is no list and no object is a field of Problem itself.",
        ),
        (
            "interface Problem { code: String! message: String! limit: Int }",
            "interface Problem { code: String! message: String! }",
            "Parts.limit is carried alone: a fact that is no list and no object is a field of Problem itself.",
        ),
    ],
)
def test_a_shape_that_normalised_caches_do_not_live_with_is_refused(before: str, after: str, said: str) -> None:
    changed = SHAPED.replace(before, after)
    assert changed != SHAPED
    assert said in misshapen(build_schema(changed))


LATE = "Late is a new type of Problem, which the caches of installed apps do not know: add its facts to Problem."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            " limit: Int",
            "",
            "Problem.limit was removed: it was not deprecated in the last release.",
        ),
        (
            "type Refusal implements Problem",
            "type Refusal",
            "Refusal no longer implements interface Problem. This breaks clients.",
        ),
        (
            "type Order {",
            "type Late implements Problem { code: String! message: String! limit: Int } type Order {",
            f"{LATE} This breaks clients.",
        ),
        (
            "order: Order problems",
            "problems",
            "PlaceOrderPayload.order was removed: it was not deprecated in the last release.",
        ),
    ],
)
def test_what_leaves_the_problems_or_a_payload_breaks_clients(before: str, after: str, said: str) -> None:
    changed = SHAPED.replace(before, after)
    assert said in refused(compare(build_schema(SHAPED), build_schema(changed)), {}, TODAY)


@pytest.mark.parametrize(
    ("before", "after"),
    [(" limit: Int", " limit: Int until: String"), ("fee: Int problems", "fee: Int distance: Int problems")],
)
def test_a_fact_for_all_problems_or_a_field_of_a_payload_may_come(before: str, after: str) -> None:
    assert refused(compare(build_schema(SHAPED), build_schema(SHAPED.replace(before, after))), {}, TODAY) == []


def test_the_check_tells_a_shape_and_a_page_that_is_not_current(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = repository / "docs" / "api.md"
    page.write_text(page.read_text().replace('Problem: ["Refusal"]', 'Problem: ["NotFound"]'))
    assert main(["check"], repository) == 1
    assert (
        "docs/api.md does not have the caches' set-up of this schema: run make api-changelog."
        in capsys.readouterr().err
    )
    assert main(["write"], repository) == 0
    assert main(["check"], repository) == 0
