"""What web asks of the gateway is in the public graph, and what it makes of the answers has the graph's shape."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)

from gateway.supergraph.load import load
from services.web import (
    answers,
    answers_aftercare,
    answers_books,
    answers_bulk,
    answers_by_hand,
    answers_cart,
    answers_crews,
    answers_dispatch,
    answers_entering,
    answers_finding,
    answers_goods,
    answers_kasbons,
    answers_licences,
    answers_machines,
    answers_me,
    answers_numbers,
    answers_ops,
    answers_orders,
    answers_packing,
    answers_photos,
    answers_promos,
    answers_rates,
    answers_reach,
    answers_rounds,
    answers_running,
    answers_shares,
    answers_stock,
    answers_tests,
    answers_trip_rules,
    answers_zones,
)
from services.web.graph import DOCUMENTS

KINDS: dict[str, type[msgspec.Struct]] = {
    "search": answers_finding.SearchPage, "suggest": answers_finding.Suggest,
    "home": answers.Home, "product": answers.ProductPage, "merchant": answers.MerchantPage, "cart": answers_cart.CartPage,
    "guest_cart": answers_cart.GuestCartPage, "open_guest_cart": answers_cart.OpenGuestCart, "take_over": answers_cart.TakeOver,
    "reorder": answers_cart.Reorder, "checkout": answers_cart.CartPage, "place": answers_entering.Place, "contacts": answers.ContactsPage,
    "villages": answers_entering.Villages, "save_contact": answers_entering.SaveContact, "request_code": answers_entering.RequestCode,
    "sign_in": answers_entering.SignIn, "refresh": answers_entering.Refresh,
    "numbers": answers_numbers.Numbers, "numbers_prices": answers_numbers.Prices, "numbers_fairness": answers_numbers.Fairness,
    "numbers_due": answers_numbers.Due,
    "load_price_list": answers_numbers.LoadPriceList,
    "shop_promos": answers_promos.ShopPromos, "programmes": answers_promos.Programmes,
    "orders": answers_orders.OrdersPage, "order": answers_orders.OrderPage,
    "follow_order": answers_orders.FollowOrder, "shops": answers_orders.Shops, "shop_today": answers_orders.ShopToday,
    "template_goods": answers_bulk.TemplateGoods, "copy_template_goods": answers_bulk.CopyTemplateGoods,
    "shop_files": answers_bulk.ShopFiles, "shop_file": answers_bulk.ShopFile,
    "shop_changes": answers_orders.ShopChanges, "shop_goods": answers_orders.ShopGoods, "shop_hours": answers_orders.ShopHours,
    "new_good": answers_goods.NewGood, "create_good": answers_goods.CreateGood,
    "me": answers_me.MePage, "notices": answers_me.NoticesPage,
    "tracked": answers_orders.TrackedPage, "company_share": answers_shares.CompanySharePage,
    "ask_proof": answers_crews.AskProof, "handovers": answers_aftercare.Handovers,
    "company_reach": answers_reach.CompanyReach,
    "company_rates": answers_rates.CompanyRates,
    "all_shares": answers_shares.AllSharesPage,
    "rider": answers_crews.RiderPage, "trip": answers_crews.TripPage, "trip_changes": answers_crews.TripChanges,
    "companies": answers_crews.Companies, "company": answers_crews.CompanyPage, "company_people": answers_crews.CompanyPeoplePage,
    "company_changes": answers_crews.CompanyChanges, "applications": answers_crews.Applications,
    "shop_people": answers_crews.ShopPeoplePage, "invite_to_shop": answers_crews.InviteToShop,
    "company_machines": answers_machines.CompanyMachines, "create_partner_client": answers_machines.CreatePartnerClient,
    "company_tests": answers_tests.CompanyTests,
    "set_webhook": answers_machines.SetWebhook, "rotate_webhook": answers_machines.RotateWebhook,
    "invite_to_company": answers_crews.InviteToCompany, "invite_rider": answers_crews.InviteRider,
    "same_goods": answers.SameGoods, "shop_product": answers_orders.ShopProduct,
    "shop_photo": answers_photos.ShopPhoto, "ask_photo": answers_photos.AskPhoto,
    "shop_stock": answers_stock.ShopStock, "shop_movements": answers_stock.ShopMovements, "shop_shelf": answers_stock.ShopShelf,
    "seller": answers_stock.Seller,
    "ask_claim_photo": answers_aftercare.AskClaimPhoto,
    "aftercare": answers_aftercare.AftercarePage, "shop_claims": answers_aftercare.ShopClaims,
    "my_tickets": answers_aftercare.MyTickets, "complaints": answers_aftercare.Complaints,
    "shop_report": answers_books.ShopReport, "shop_report_file": answers_books.ShopReportFile,
    "shop_report_print": answers_books.ShopReportPrint, "rider_cash": answers_books.RiderCash,
    "company_cash": answers_books.CompanyCash, "company_cash_file": answers_books.CompanyCashFile, "payouts": answers_books.PayoutsPage,
    "shop_pack": answers_packing.ShopPack,
    "my_kasbons": answers_kasbons.MyKasbons, "kasbon": answers_kasbons.KasbonPage, "shop_kasbons": answers_kasbons.ShopKasbons,
    "refunds_by_hand": answers_by_hand.RefundsByHand, "commissions": answers_by_hand.Commissions,
    "licences": answers_licences.Licences, "shop_licences": answers_licences.ShopLicences,
    "trip_rules": answers_trip_rules.TripRules,
    "zones": answers_zones.Zones, "tariffs": answers_zones.Tariffs,
    "dispatch_policies": answers_dispatch.DispatchPolicies, "searches": answers_dispatch.Searches,
    "ops_orders": answers_ops.OpsOrders, "ops_order": answers_ops.OpsOrder, "ops_channels": answers_ops.OpsChannels,
    "notice_preferences": answers_me.NoticeWishes, "ops_stuck": answers_running.OpsStuck, "ops_health": answers_running.OpsHealth,
    "shop_rounds": answers_rounds.ShopRounds, "follow_round": answers_rounds.FollowRound,
}  # fmt: skip
"""Document -> what its answer is read as. The other documents are mutations of which the problems alone are read."""
_SCALARS: dict[str, Any] = {
    "ID": str, "String": str, "Boolean": bool, "Int": int, "Float": float, "Rupiah": int, "DateTime": datetime, "LocalTime": str,
    "Date": date,
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return load(_supergraph().read_text("utf-8")).api


def _supergraph() -> Path:
    return Path(__file__).parents[2] / "gateway" / "supergraph.graphql"


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_is_valid(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_an_answer_has_the_graphs_shape(name: str, schema: GraphQLSchema) -> None:
    document = parse(DOCUMENTS[name])
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    root = schema.get_root_type(operation.operation)
    assert root is not None
    if name in KINDS:
        assert list(differences(schema, document, operation.selection_set, root, KINDS[name], name)) == []
        return
    assert operation.operation is OperationType.MUTATION
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    assert field.selection_set is not None
    payload = root.fields[field.name.value].type
    assert isinstance(payload, GraphQLObjectType)
    assert list(differences(schema, document, field.selection_set, payload, answers.Outcome, name)) == []


def differences(
    schema: GraphQLSchema, document: DocumentNode, selected: SelectionSetNode, of: Any, kind: Any, path: str
) -> Iterator[str]:
    """Between what is selected of a type and the class that it is read as."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    hints = msgspec.structs.fields(kind)
    seen: set[str] = set()
    for node in flat(document, selected):
        name = node.alias.value if node.alias else node.name.value
        seen.add(name)
        if name not in fields:
            yield f"{path}.{name} is read by nobody"
            continue
        said = of.fields[node.name.value].type
        optional = bool(node.directives) or not isinstance(said, GraphQLNonNull)
        yield from compared(schema, document, node, said, fields[name].type, optional, f"{path}.{name}")
    yield from (
        f"{path}.{field.encode_name} is not selected"
        for field in hints
        if field.required and field.encode_name not in seen
    )


def compared(
    schema: GraphQLSchema, document: DocumentNode, node: FieldNode, said: Any, hint: Any, optional: bool, path: str
) -> Iterator[str]:
    inner, may_be_none = _inner(hint)
    if optional and not may_be_none:
        yield f"{path} may be null"
    bare = said.of_type if isinstance(said, GraphQLNonNull) else said
    if isinstance(bare, GraphQLList):
        if get_origin(inner) is not list:
            yield f"{path} is a list"
            return
        (item,) = get_args(inner)
        element = bare.of_type
        yield from compared(schema, document, node, element, item, not isinstance(element, GraphQLNonNull), path)
    elif isinstance(bare, GraphQLObjectType | GraphQLInterfaceType):
        assert node.selection_set is not None
        if not (isinstance(inner, type) and issubclass(inner, msgspec.Struct)):
            yield f"{path} is an object"
            return
        yield from differences(schema, document, node.selection_set, bare, inner, path)
    else:
        wanted = str if isinstance(bare, GraphQLEnumType) else _SCALARS[bare.name]
        if inner is not wanted:
            yield f"{path} is {bare.name}, and read as {inner}"


def _inner(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (types.UnionType, Union):
        others = [each for each in get_args(hint) if each is not type(None)]
        return others[0], True
    return hint, False


def flat(document: DocumentNode, selected: SelectionSetNode) -> Iterator[FieldNode]:
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for each in selected.selections:
        if isinstance(each, FieldNode):
            yield each
        elif isinstance(each, FragmentSpreadNode):
            yield from flat(document, fragments[each.name.value].selection_set)


class _Thing(answers.Answered, frozen=True, kw_only=True):
    name: str
    size: int
    more: str
    of_old: str = ""


def test_a_shape_that_is_another_is_told() -> None:
    schema = build_schema("type Query { name: String size: String! things: [String!]! new: Int }")
    document = parse("{ name size new }")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    told = list(differences(schema, document, operation.selection_set, schema.query_type, _Thing, "q"))
    assert told == [
        "q.name may be null",
        "q.size is String, and read as <class 'int'>",
        "q.new is read by nobody",
        "q.more is not selected",
    ]
    assert validate(schema, parse("{ gone }"))
