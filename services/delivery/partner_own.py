"""What a company's machine sees of its own over HTTP: its riders, and its jobs with what is expected of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from services.contracts.delivery import DeliveryId, PartnerId, ProofKind, RiderId, VehicleKind
from services.contracts.job_place import JobPlace
from services.contracts.partner import MAX_STOP, RefusalCode
from services.delivery import partner_event
from services.delivery.commands import proofs, riders
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import PartnerInState
from services.delivery.domain.crew import CarriesOutOfRange, CashLimitOutOfRange, RiderDetails, RidersAreTooMany
from services.delivery.domain.expected import expected
from services.delivery.domain.proof import OF_HANDOVER, ProofIsAnother, ProofsAreEnough, TripTakesNone, accepted
from services.delivery.domain.reading import read
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store import own_jobs, reading_crews
from services.delivery.store.own_jobs import OwnJob
from services.delivery.store.reading import RiderView, Viewer
from services.kit.database.db import Database, transaction
from services.kit.http.paging import Asked, day, flag
from services.kit.http.problem import HttpProblem, answer
from services.kit.ids import MalformedId, WrongKind
from services.kit.invalid import FieldInvalid
from services.kit.photos.limits import MAX_BYTES
from services.kit.photos.made import Place as Photos
from services.kit.photos.signing import Destination

Speaker = Callable[[Request], Awaitable[tuple[PartnerId, str]]]
"""For whom a machine speaks, and its own name at the issuer; counted, and takes part. Raises HttpProblem, RateLimited."""
MAX_RIDER_BYTES: Final = 4_096


class RiderSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A rider as their company has them: all of it but `on_shift`, which stays as it is unless said."""

    name: str
    plate: str
    vehicle: VehicleKind = VehicleKind.MOTORBIKE
    has_box: bool = False
    cash_limit_rupiah: int | None = None
    carries_gram: int | None = None
    on_shift: bool | None = None

    def given(self) -> RiderDetails:
        return RiderDetails(
            self.name, self.plate, self.vehicle, self.has_box, self.cash_limit_rupiah, self.carries_gram
        )


class ProofSaid(msgspec.Struct, frozen=True, kw_only=True):
    """Which photo or signature is to be sent: `id` is the company's own."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    kind: ProofKind
    stop: Annotated[int, msgspec.Meta(ge=1, le=MAX_STOP)] | None = None


class PartnerOwn:
    """`GET /partner/v1/riders`, `/partner/v1/jobs` and `/partner/v1/jobs/{job_id}`; `GET`, `PUT`, `DELETE /partner/v1/riders/{rider}`;
    `POST /partner/v1/jobs/{job_id}/proofs`."""

    def __init__(self, db: Database, speaker: Speaker, photos: Photos | None = None) -> None:
        self._db = db
        self._speaker = speaker
        self._photos = photos

    async def riders(self, request: Request) -> Response:
        partner_id, _ = await self._speaker(request)
        asked = Asked(request, tuple[str, UUID])
        after = (asked.after[0], RiderId(asked.after[1])) if asked.after else None
        async with self._db.acquire() as conn:
            found = await reading_crews.riders_of(conn, partner_id, _machine(partner_id), after, asked.limit)
            jobs = await reading_crews.jobs_of_riders(conn, [each.id for each in found])
        carried = dict(zip((each.id for each in found), jobs, strict=True))
        return answer(
            asked.page(
                "riders",
                found,
                key=lambda each: (each.name, each.id.uuid),
                of=lambda each: shown_rider(each, carried[each.id]),
            )
        )

    async def rider(self, request: Request) -> Response:
        partner_id, _ = await self._speaker(request)
        return await self._shown_rider(partner_id, request.path_params["rider"])

    async def save_rider(self, request: Request) -> Response:
        """Entered by the company's own id, or changed."""
        partner_id, name = await self._speaker(request)
        said = read_rider(await partner_event.body(request, MAX_RIDER_BYTES))
        own_id, caller = request.path_params["rider"], Caller(machine_of=partner_id)
        if own_id.startswith(f"{RiderId.prefix}_"):
            raise HttpProblem(400, "MALFORMED", "enter and change riders by your own id of them", field="rider")
        try:
            async with transaction(self._db) as conn:
                saved = await riders.save(conn, caller, partner_id, own_id, said.given(), by=name)
                if said.on_shift is not None:
                    await riders.shift(conn, caller, saved, on_shift=said.on_shift)
        except (FieldInvalid, ExceptionGroup, CashLimitOutOfRange, CarriesOutOfRange) as error:
            raise _wrong(error) from error
        except RidersAreTooMany as error:
            raise HttpProblem(409, "TOO_MANY_RIDERS", str(error)) from error
        except PartnerInState as error:
            raise HttpProblem(409, "WRONG_STATE", str(error)) from error
        return await self._shown_rider(partner_id, str(saved))

    async def end_rider(self, request: Request) -> Response:
        """They take nothing any more; who has ended stays so."""
        partner_id, name = await self._speaker(request)
        async with transaction(self._db) as conn:
            found = await reading_crews.rider_named(conn, partner_id, request.path_params["rider"])
            if found is None:
                raise no_rider()
            await riders.end(conn, Caller(machine_of=partner_id), found.id, by=name)
        return Response(status_code=204)

    async def _shown_rider(self, partner_id: PartnerId, name: str) -> Response:
        async with self._db.acquire() as conn:
            found = await reading_crews.rider_named(conn, partner_id, name)
            if found is None:
                raise no_rider()
            [jobs] = await reading_crews.jobs_of_riders(conn, [found.id])
        return answer(shown_rider(found, jobs))

    async def jobs(self, request: Request) -> Response:
        partner_id, _ = await self._speaker(request)
        asked = Asked(request, tuple[UUID])
        async with self._db.acquire() as conn:
            found = await own_jobs.page(
                conn,
                partner_id,
                only_open=flag(request, "open"),
                day=day(request),
                after=DeliveryId(asked.after[0]) if asked.after else None,
                limit=asked.limit,
            )
        return answer(asked.page("jobs", found, key=lambda each: (each.id.uuid,), of=_shown_job))

    async def job(self, request: Request) -> Response:
        partner_id, _ = await self._speaker(request)
        try:
            key = DeliveryId.parse(request.path_params["job_id"])
        except (MalformedId, WrongKind):
            raise _no_job() from None
        async with self._db.acquire() as conn:
            found = await own_jobs.find(conn, partner_id, key)
        if found is None:
            raise _no_job()
        return answer(_shown_job(found))

    async def proof(self, request: Request) -> Response:
        """Where one photo or signature is to be sent; by the same id it is the same one, whose address is good anew."""
        partner_id, _ = await self._speaker(request)
        if self._photos is None:
            raise HttpProblem(503, "SERVICE_UNAVAILABLE", "there is no place for photos here")
        try:
            key = DeliveryId.parse(request.path_params["job_id"])
        except (MalformedId, WrongKind):
            raise _no_job() from None
        said = read_proof(await partner_event.body(request, MAX_RIDER_BYTES))
        try:
            async with transaction(self._db) as conn:
                asked = await proofs.request(conn, key, said.kind, partner_id, said.id, stop=said.stop)
        except NotFound:
            raise _no_job() from None
        except TripTakesNone as error:
            raise HttpProblem(409, "ALREADY_DONE", str(error)) from error
        except ProofIsAnother as error:
            raise HttpProblem(409, "ID_REUSED", str(error), field="id") from error
        except ProofsAreEnough as error:
            raise HttpProblem(409, "TOO_MANY_PROOFS", str(error)) from error
        return answer(
            {
                "proof_id": str(asked.id),
                "url": self._photos.upload_address(Destination(asked.partner_id.uuid, asked.id.uuid)),
                "expires_at": _time(asked.until),
                "max_bytes": MAX_BYTES,
            }
        )


def read_proof(body: bytes) -> ProofSaid:
    """Raises HttpProblem."""
    try:
        said = read(ProofSaid, body)
        if said.kind not in OF_HANDOVER:
            raise ReplyRefused(RefusalCode.MALFORMED, f"kind: it is one of {', '.join(sorted(OF_HANDOVER))}", "kind")
    except ReplyRefused as refused:
        raise HttpProblem(400, "MALFORMED", refused.message, field=refused.field) from refused
    return said


def read_rider(body: bytes) -> RiderSaid:
    """Raises HttpProblem."""
    try:
        return read(RiderSaid, body)
    except ReplyRefused as refused:
        raise HttpProblem(400, "MALFORMED", refused.message, field=refused.field) from refused


_FIELDS: Final = {"externalId": "rider", "input.name": "name", "input.plate": "plate"}


def _wrong(error: Exception) -> HttpProblem:
    """The first that is wrong of it."""
    first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    match first:
        case FieldInvalid():
            field = _FIELDS.get(first.field, first.field)
        case CashLimitOutOfRange():
            field = "cash_limit_rupiah"
        case _:
            field = "carries_gram"
    return HttpProblem(400, "MALFORMED", f"{field}: {first}", field=field)


def _machine(partner_id: PartnerId) -> Viewer:
    return Viewer(buyer=None, partner_id=partner_id, ops=False)


def no_rider() -> HttpProblem:
    return HttpProblem(404, "NOT_FOUND", "there is no rider of yours by this id", field="rider")


def _no_job() -> HttpProblem:
    # Another's, one that was given back, one that never was: all the same to who asks.
    return HttpProblem(404, "NOT_FOUND", "there is no job of yours by this id", field="job_id")


def shown_rider(view: RiderView, jobs: list[DeliveryId]) -> dict[str, Any]:
    inside = view.inside
    assert inside
    return {
        "rider_id": str(view.id),
        "external_id": inside.external_id,
        "name": view.name,
        "plate": view.plate,
        "vehicle": inside.vehicle,
        "has_box": inside.has_box,
        "cash_limit_rupiah": inside.cash_limit_rupiah,
        "carries_gram": inside.carries_gram,
        "on_shift": inside.on_shift,
        "signs_in": inside.signs_in,
        "job_ids": [str(each) for each in jobs],
    }


def _shown_job(job: OwnJob) -> dict[str, Any]:
    *pickups, dropoff = (JobPlace.of(each.kecamatan_code, each.point, each.merchant_name) for each in job.places)
    return {
        "job_id": str(job.id),
        "status": job.status,
        "expected": [{"type": each.type, "data": dict(each.data)} for each in expected(job.status)],
        "test": job.test,
        "rider_id": str(job.rider_id),
        "rider_external_id": job.rider_external_id,
        "riders_before": [
            {
                "rider_id": str(each.rider_id),
                "status": each.status,
                "since": _time(each.since),
                "until": _time(each.until),
            }
            for each in job.before
        ],
        "taken_at": _time(job.taken_at),
        "since": _time(job.since),
        "ready_at": _time(job.ready_at) if job.ready_at else None,
        "distance_m": job.distance_m,
        "fee_rupiah": job.fee_rupiah,
        "rider_share_rupiah": job.rider_share_rupiah,
        "partner_share_rupiah": job.partner_share_rupiah,
        "cash_to_collect_rupiah": job.cash_to_collect_rupiah,
        "proofs": [{"kind": each.kind, "when": each.when} for each in accepted(job)] if job.status in ON_TRIP else [],
        "failure_code": job.failure_code,
        "pickups": [_place(each) for each in pickups],
        "dropoff": _place(dropoff),
    }


def _place(place: JobPlace) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kecamatan_code": place.kecamatan_code,
        "kecamatan": place.kecamatan,
        "point": {"lat": place.point.lat, "lng": place.point.lng},
    }
    return {**shown, "merchant_name": place.merchant_name} if place.merchant_name is not None else shown


_MILLISECONDS: Final = "milliseconds"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec=_MILLISECONDS).replace("+00:00", "Z")
