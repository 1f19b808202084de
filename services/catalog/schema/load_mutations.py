"""Today's load of a merchant who sells by the day."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import loads
from services.catalog.domain.caller import NotFound
from services.catalog.domain.ids import LoadTemplateId
from services.catalog.domain.stocking import MAX_ITEMS, MAX_TEMPLATE_NAME, MAX_TEMPLATES
from services.catalog.schema.loaders import Info
from services.catalog.schema.stocking_mutations import StockItemInput, amounts_of
from services.catalog.schema.types import Merchant
from services.contracts.catalog import MerchantId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line


@strawberry.type
class SetTodaysLoadPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class LoadAsYesterdayPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class LoadFromTemplatePayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class SaveLoadTemplatePayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class DeleteLoadTemplatePayload(Payload):
    merchant: Merchant | None = None


_Of = Annotated[strawberry.ID, strawberry.argument(description="A merchant that the caller is of.")]
_Template = Annotated[strawberry.ID, strawberry.argument(description="Of `Merchant.loadTemplates`.")]


@strawberry.type
class LoadMutations:
    @refusable(
        description="What is loaded today (WIB): so much of each is for sale, beside what is kept for orders, until midnight. What is not "
        "named stays as it is. What is loaded is loaded by the day from then on. The key makes a repeat the same one."
    )
    async def set_todays_load(
        self,
        info: Info,
        merchant_id: _Of,
        items: Annotated[
            list[StockItemInput],
            strawberry.argument(description=f"1 to {MAX_ITEMS}, all or none; of each variant one."),
        ],
        idempotency_key: str,
    ) -> SetTodaysLoadPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, amounts = MerchantId.parse(merchant_id), amounts_of(items)
        async with transaction(info.context.db) as conn:
            await loads.set_today(conn, info.context.caller, key, amounts, by=subject, key=idempotency_key)
        return SetTodaysLoadPayload(merchant=await _there(info, key))

    @refusable(
        description="Today's load is that of the last day that had one. What was loaded today already stays as it is. The key makes a "
        "repeat the same one."
    )
    async def load_as_yesterday(
        self, info: Info, merchant_id: _Of, idempotency_key: str
    ) -> LoadAsYesterdayPayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(merchant_id)
        async with transaction(info.context.db) as conn:
            await loads.load_as_before(conn, info.context.caller, key, by=subject, key=idempotency_key)
        return LoadAsYesterdayPayload(merchant=await _there(info, key))

    @refusable(
        description="Today's load is what the template holds, as by `setTodaysLoad`; what lies in several places is left out. The key "
        "makes a repeat the same one."
    )
    async def load_from_template(
        self, info: Info, merchant_id: _Of, template_id: _Template, idempotency_key: str
    ) -> LoadFromTemplatePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, template = MerchantId.parse(merchant_id), LoadTemplateId.parse(template_id)
        async with transaction(info.context.db) as conn:
            await loads.load_template(conn, info.context.caller, key, template, by=subject, key=idempotency_key)
        return LoadFromTemplatePayload(merchant=await _there(info, key))

    @refusable(
        description=f"A load under a name, in place of the one of that name; at most {MAX_TEMPLATES} of a merchant. Saying it again "
        "changes nothing."
    )
    async def save_load_template(
        self,
        info: Info,
        merchant_id: _Of,
        name: Annotated[str, strawberry.argument(description=f"Hari pasar; 1 to {MAX_TEMPLATE_NAME} characters.")],
        items: Annotated[
            list[StockItemInput] | None,
            strawberry.argument(description=f"1 to {MAX_ITEMS}; left out, what was loaded today."),
        ] = None,
    ) -> SaveLoadTemplatePayload | None:
        subject = info.context.identity.require(Role.MERCHANT, Role.OPS)
        key = MerchantId.parse(merchant_id)
        called = read_line("name", name, longest=MAX_TEMPLATE_NAME)
        amounts = None if items is None else amounts_of(items)
        async with transaction(info.context.db) as conn:
            await loads.save_template(conn, info.context.caller, key, called, amounts, by=subject)
        return SaveLoadTemplatePayload(merchant=await _there(info, key))

    @refusable(description="A template is no more. What was loaded from it stays.")
    async def delete_load_template(
        self, info: Info, merchant_id: _Of, template_id: _Template
    ) -> DeleteLoadTemplatePayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        key, template = MerchantId.parse(merchant_id), LoadTemplateId.parse(template_id)
        async with transaction(info.context.db) as conn:
            await loads.drop_template(conn, info.context.caller, key, template)
        return DeleteLoadTemplatePayload(merchant=await _there(info, key))


async def _there(info: Info, key: MerchantId) -> Merchant:
    """Raises NotFound: it went while it was being changed."""
    found = await Merchant.find(info, key)
    if found is None:
        raise NotFound
    return found
