"""Refusals of the catalog's mutations: how each exception is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.catalog.domain import (
    application,
    caller,
    category,
    details,
    licence,
    licence_number,
    membership,
    merchant,
    offering,
    photo,
    product,
    rounds,
    stock,
    stock_places,
    stocking,
    synonyms,
    trading,
    tree,
)
from services.catalog.schema.bulk_problems import BULK
from services.contracts.problems import LimitUnit, ProblemCode
from services.graph import Refusal, not_found
from services.kit.graphql.refusals import Answer
from services.kit.invalid import FieldInvalid


def _applied(code: ProblemCode, no: application.ApplicationInvalid, **facts: Any) -> Refusal:
    return Refusal(code=code, message=str(no), field=f"input.{no.field}", **facts)


def _at(code: ProblemCode) -> Callable[[FieldInvalid], Refusal]:
    """With nothing but the field."""
    return lambda no: Refusal(code=code, message=str(no), field=no.field)


def _of_licence(code: ProblemCode) -> Callable[[Any], Refusal]:
    return lambda no: Refusal(code=code, message=str(no), field=no.field, licence_kind=no.kind)


def _at_most(limit: int, unit: LimitUnit, code: ProblemCode) -> Callable[[Exception], Refusal]:
    return lambda no: Refusal(code=code, message=str(no), limit=limit, unit=unit)


_NUMBERS = {LimitUnit.RUPIAH: ProblemCode.INVALID_PRICE, LimitUnit.SECOND: ProblemCode.INVALID_DURATION}


def _number(no: offering.NumberIsOutOfRange | rounds.NumberIsOutOfRange) -> Refusal:
    return Refusal(
        code=_NUMBERS.get(no.unit, ProblemCode.INVALID_QUANTITY),
        message=str(no),
        field=no.field,
        minimum=no.least,
        limit=no.most,
        unit=no.unit,
    )


REFUSALS: list[Answer[Any]] = [
    *BULK,
    Answer(caller.NotFound, lambda _: not_found()),
    Answer(
        stock.StockOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_QUANTITY,
            message="On hand cannot be less than what is kept for orders, nor more than the maximum",
            field="onHand",
            minimum=no.minimum,
            limit=stock.MAX_ON_HAND,
            unit=LimitUnit.BASE_UNIT,
        ),
    ),
    Answer(stock.VariantIsUnknown, lambda no: not_found(field=no.field)),
    Answer(
        stock.CountIsNeeded,
        lambda no: Refusal(
            code=ProblemCode.INVALID_QUANTITY,
            message=str(no),
            field=no.field,
            minimum=1,
            limit=no.most,
            unit=LimitUnit.BASE_UNIT,
        ),
    ),
    Answer(
        product.PriceOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_PRICE,
            message=str(no),
            field="price",
            minimum=1,
            limit=product.MAX_PRICE_RUPIAH,
            unit=LimitUnit.RUPIAH,
        ),
    ),
    Answer(
        category.CategoriesAreTooMany,
        _at_most(category.MAX_CATEGORIES, LimitUnit.CATEGORY, ProblemCode.TOO_MANY_CATEGORIES),
    ),
    Answer(
        product.ProductInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(
        merchant.MerchantInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(
        merchant.OwnMerchantsAreTooMany,
        _at_most(merchant.MAX_OWN, LimitUnit.MERCHANT, ProblemCode.TOO_MANY_OWN_MERCHANTS),
    ),
    Answer(
        membership.InvitationIsUnknown,
        lambda no: Refusal(code=ProblemCode.CODE_INVALID, message=str(no), field="code"),
    ),
    Answer(
        membership.InvitationsAreTooMany,
        _at_most(membership.MAX_INVITATIONS, LimitUnit.INVITATION, ProblemCode.TOO_MANY_INVITATIONS),
    ),
    Answer(
        membership.MembersAreTooMany,
        _at_most(membership.MAX_MEMBERS, LimitUnit.PERSON, ProblemCode.TOO_MANY_MEMBERS),
    ),
    Answer(
        offering.TextIsInvalid,
        lambda no: Refusal(
            code=ProblemCode.INVALID_TEXT,
            message=str(no),
            field=no.field,
            minimum=no.least,
            limit=no.most,
            unit=LimitUnit.CHARACTER,
        ),
    ),
    Answer(offering.NumberIsOutOfRange, _number),
    Answer(offering.UnitDoesNotFit, _at(ProblemCode.UNIT_DOES_NOT_FIT)),
    Answer(offering.CategoryIsUnknown, _at(ProblemCode.UNKNOWN_CATEGORY)),
    Answer(offering.UnitIsUnknown, _at(ProblemCode.UNKNOWN_UNIT)),
    Answer(offering.RegionIsUnknown, _at(ProblemCode.UNKNOWN_REGION)),
    Answer(category.UnitIsNone, _at(ProblemCode.UNIT_DOES_NOT_FIT)),
    Answer(category.UnitIsAnother, _at(ProblemCode.UNIT_DOES_NOT_FIT)),
    Answer(
        offering.ProductsAreTooMany,
        _at_most(offering.MAX_PRODUCTS, LimitUnit.PRODUCT, ProblemCode.TOO_MANY_PRODUCTS),
    ),
    Answer(
        offering.VariantsAreTooMany,
        _at_most(offering.MAX_VARIANTS, LimitUnit.VARIANT, ProblemCode.TOO_MANY_VARIANTS),
    ),
    Answer(
        category.UnitsAreTooMany,
        _at_most(category.MAX_UNITS, LimitUnit.UNIT, ProblemCode.TOO_MANY_UNITS),
    ),
    Answer(offering.LastVariant, lambda no: Refusal(code=ProblemCode.LAST_OF_ITS_KIND, message=str(no))),
    Answer(details.HarvestIsImplausible, _at(ProblemCode.INVALID_TIME)),
    Answer(details.ProductIsUnknown, lambda no: not_found(field=no.field)),
    Answer(tree.ParentDoesNotFit, _at(ProblemCode.PARENT_DOES_NOT_FIT)),
    Answer(tree.AttributeIsAnother, _at(ProblemCode.ATTRIBUTE_DOES_NOT_FIT)),
    Answer(tree.AttributeDoesNotFit, _at(ProblemCode.ATTRIBUTE_DOES_NOT_FIT)),
    Answer(tree.AttributeIsMissing, _at(ProblemCode.ATTRIBUTE_MISSING)),
    Answer(tree.CommodityIsUnknown, _at(ProblemCode.UNKNOWN_COMMODITY)),
    Answer(tree.CommodityIsAnother, _at(ProblemCode.UNIT_DOES_NOT_FIT)),
    Answer(
        tree.AttributesAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_ATTRIBUTES, message=str(no), limit=no.limit, unit=LimitUnit.ATTRIBUTE
        ),
    ),
    Answer(
        tree.CommoditiesAreTooMany,
        _at_most(tree.MAX_COMMODITIES, LimitUnit.COMMODITY, ProblemCode.TOO_MANY_COMMODITIES),
    ),
    Answer(
        synonyms.SynonymsAreTooMany,
        _at_most(synonyms.MAX_SYNONYMS, LimitUnit.SYNONYM, ProblemCode.TOO_MANY_SYNONYMS),
    ),
    Answer(
        licence.LicenceMissing,
        lambda no: Refusal(
            code=ProblemCode.LICENCE_MISSING,
            message=str(no),
            field=no.field,
            licence_kind=no.kind,
            status=no.halal_status,
        ),
    ),
    Answer(licence_number.NumberIsInvalid, _of_licence(ProblemCode.INVALID_LICENCE_NUMBER)),
    Answer(licence_number.NumberIsForeign, _of_licence(ProblemCode.FOREIGN_LICENCE)),
    Answer(licence.GoodsDoNotFit, _of_licence(ProblemCode.LICENCE_DOES_NOT_FIT)),
    Answer(licence.DateIsInvalid, _at(ProblemCode.INVALID_TIME)),
    Answer(licence.ProductIsUnknown, lambda no: not_found(field=no.field)),
    Answer(
        licence.LicenceInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.state),
    ),
    Answer(
        licence.LicencesAreTooMany,
        lambda no: Refusal(code=ProblemCode.TOO_MANY_LICENCES, message=str(no), limit=no.limit, unit=LimitUnit.LICENCE),
    ),
    Answer(synonyms.SynonymIsNone, _at(ProblemCode.INVALID_TEXT)),
    Answer(
        trading.HoursAreInvalid,
        lambda no: Refusal(code=ProblemCode.INVALID_HOURS, message=str(no), field="hours"),
    ),
    Answer(
        trading.TimeIsInvalid,
        lambda no: Refusal(code=ProblemCode.INVALID_TIME, message=str(no), field=no.field),
    ),
    Answer(
        trading.ClosuresAreTooMany,
        _at_most(trading.MAX_CLOSURES, LimitUnit.CLOSURE, ProblemCode.TOO_MANY_CLOSURES),
    ),
    Answer(
        trading.DurationIsOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_DURATION,
            message=str(no),
            field=no.field,
            minimum=no.least,
            limit=no.most,
            unit=LimitUnit.SECOND,
        ),
    ),
    Answer(
        photo.AltIsInvalid,
        lambda no: Refusal(
            code=ProblemCode.INVALID_TEXT,
            message=str(no),
            field=no.field,
            minimum=1,
            limit=photo.MAX_ALT_CHARACTERS,
            unit=LimitUnit.CHARACTER,
        ),
    ),
    Answer(
        photo.PhotosAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_PHOTOS, message=str(no), limit=photo.MAX_PHOTOS, unit=LimitUnit.PHOTO
        ),
    ),
    Answer(
        photo.UploadsAreTooMany,
        lambda no: Refusal(code=ProblemCode.TOO_MANY_UPLOADS, message=str(no), limit=no.limit, unit=LimitUnit.PHOTO),
    ),
    Answer(
        photo.PhotoInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), field="photoId", status=no.state),
    ),
    Answer(
        photo.PhotosAreOthers,
        lambda no: Refusal(code=ProblemCode.PHOTOS_CHANGED, message=str(no), field="photoIds"),
    ),
    Answer(membership.LastOwner, lambda no: Refusal(code=ProblemCode.LAST_OF_ITS_KIND, message=str(no))),
    Answer(merchant.OwnMatter, lambda no: Refusal(code=ProblemCode.OWN_MATTER, message=str(no))),
    Answer(
        application.TextIsInvalid,
        lambda no: _applied(ProblemCode.INVALID_TEXT, no, minimum=1, limit=no.longest, unit=LimitUnit.CHARACTER),
    ),
    Answer(application.PhoneIsInvalid, lambda no: _applied(ProblemCode.INVALID_PHONE, no)),
    Answer(application.RegionIsUnknown, lambda no: _applied(ProblemCode.UNKNOWN_REGION, no)),
    Answer(application.PointIsOutside, lambda no: _applied(ProblemCode.OUTSIDE_REGION, no)),
    Answer(application.PointIsClosed, lambda no: _applied(ProblemCode.OUT_OF_AREA, no)),
    Answer(application.SizeIsUnknown, lambda no: _applied(ProblemCode.SIZE_NOT_DECLARED, no)),
    Answer(application.BusinessIsTooLarge, lambda no: _applied(ProblemCode.TOO_LARGE_A_BUSINESS, no)),
    Answer(
        stocking.TooFewLieThere,
        lambda no: Refusal(
            code=ProblemCode.OUT_OF_STOCK, message=str(no), field=no.field, limit=no.left, unit=LimitUnit.BASE_UNIT
        ),
    ),
    Answer(
        stocking.QuantityIsOutOfRange,
        lambda no: Refusal(
            code=ProblemCode.INVALID_QUANTITY,
            message=str(no),
            field=no.field,
            minimum=no.least,
            limit=no.most,
            unit=LimitUnit.BASE_UNIT,
        ),
    ),
    Answer(
        stocking.ModeForbids,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), field=no.field, status=no.mode),
    ),
    Answer(stocking.GoodsLieElsewhere, _at(ProblemCode.PLACE_NOT_EMPTY)),
    Answer(stocking.NothingToLoad, lambda no: Refusal(code=ProblemCode.NOTHING_TO_LOAD, message="There was no load")),
    Answer(
        stocking.TemplatesAreTooMany,
        _at_most(stocking.MAX_TEMPLATES, LimitUnit.TEMPLATE, ProblemCode.TOO_MANY_TEMPLATES),
    ),
    Answer(
        stock_places.PlacesAreTooMany,
        lambda no: Refusal(code=ProblemCode.TOO_MANY_PLACES, message=str(no), limit=no.most, unit=LimitUnit.PLACE),
    ),
    Answer(stock_places.NoHub, lambda no: Refusal(code=ProblemCode.NOT_A_HUB, message=str(no), field="hubId")),
    Answer(
        stock_places.PlaceIsNotEmpty, lambda no: Refusal(code=ProblemCode.PLACE_NOT_EMPTY, message=str(no), field="id")
    ),
    Answer(
        stock_places.PlaceInState,
        lambda no: Refusal(code=ProblemCode.WRONG_STATE, message=str(no), status=no.status),
    ),
    Answer(rounds.NotAWlijo, lambda no: Refusal(code=ProblemCode.NOT_A_WLIJO, message=str(no))),
    Answer(rounds.NoRound, lambda no: Refusal(code=ProblemCode.NO_ROUND, message=str(no))),
    Answer(
        rounds.StopsAreTooMany,
        lambda no: Refusal(
            code=ProblemCode.TOO_MANY_STOPS,
            message=str(no),
            field="stops",
            limit=rounds.MAX_STOPS,
            unit=LimitUnit.STOP,
        ),
    ),
    Answer(
        rounds.RoundsAreTooMany,
        _at_most(rounds.ROUNDS_A_DAY, LimitUnit.ROUND, ProblemCode.TOO_MANY_ROUNDS),
    ),
    Answer(
        rounds.WishesAreTooMany,
        _at_most(rounds.MAX_WISHES, LimitUnit.WISH, ProblemCode.TOO_MANY_WISHES),
    ),
    Answer(rounds.NumberIsOutOfRange, _number),
    Answer(rounds.TimesAreInvalid, _at(ProblemCode.INVALID_TIME)),
    Answer(rounds.PlaceIsOutside, _at(ProblemCode.OUTSIDE_REGION)),
    Answer(rounds.PlaceIsClosed, _at(ProblemCode.OUT_OF_AREA)),
    Answer(rounds.KecamatanIsUnknown, _at(ProblemCode.UNKNOWN_REGION)),
    Answer(rounds.StopIsUnknown, lambda no: not_found(field=no.field)),
]
