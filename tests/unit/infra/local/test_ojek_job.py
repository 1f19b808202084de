"""What an ojek company's robot replies, told by what it heard alone."""

from __future__ import annotations

from typing import Any

from infra.local.robots.job import Job, Manners, Reply, Step

OFFER: dict[str, Any] = {
    "offer_id": "off_1",
    "cash_to_collect_rupiah": 69500,
    "pickups": [{"point": {"lat": -8.13, "lng": 113.22}}],
    "dropoff": {"point": {"lat": -8.14, "lng": 113.23}},
}


def a_job(*heard: tuple[str, dict[str, Any]]) -> Job:
    job = Job("dlv_1", ("rid_1", "rid_2"), "000000")
    hear(job, *heard)
    return job


def hear(job: Job, *heard: tuple[str, dict[str, Any]]) -> None:
    for kind, data in heard:
        job.hear(job.last + 1, f"evt_{job.last + 1}", kind, data)


def reply_of(job: Job) -> Reply:
    reply = job.next_reply()
    assert reply is not None
    return reply


def apply(job: Job) -> Reply:
    reply = reply_of(job)
    hear(job, ("reply_applied", {"reply_id": reply.id}))
    return reply


ASSIGNED = (("job_offered", OFFER), ("job_assigned", {"rider_id": "rid_2"}))


def test_an_offer_is_accepted_with_one_of_its_riders() -> None:
    reply = reply_of(a_job(("job_offered", OFFER)))

    assert (reply.id, reply.type) == ("off_1.accept", "accept")
    assert reply.data["rider_id"] in ("rid_1", "rid_2")


def test_a_job_is_carried_out_step_by_step_to_the_cash() -> None:
    job = a_job(*ASSIGNED)

    told = [apply(job) for _ in range(4)]

    assert [(reply.type, reply.data) for reply in told] == [
        ("arrived", {"job_id": "dlv_1", "at": "pickup"}),
        ("picked_up", {"job_id": "dlv_1"}),
        ("arrived", {"job_id": "dlv_1", "at": "dropoff"}),
        ("delivered", {"job_id": "dlv_1", "pin": "000000", "cash_collected_rupiah": 69500}),
    ]
    assert job.step is Step.DELIVERED
    assert job.next_reply() is None


def test_until_its_outcome_is_heard_the_very_same_reply_is_said_again() -> None:
    job = a_job(*ASSIGNED)

    assert reply_of(job) == reply_of(job)


def test_a_robot_that_starts_anew_says_what_the_old_one_would_have_said() -> None:
    heard = (*ASSIGNED, ("reply_applied", {"reply_id": "off_1.arrived.pickup"}))

    assert reply_of(a_job(*heard)) == reply_of(a_job(*heard))
    assert reply_of(a_job(*heard)).id == "off_1.picked_up"


def test_what_was_heard_before_changes_nothing() -> None:
    job = a_job(*ASSIGNED)

    assert job.hear(1, "evt_1", "job_withdrawn", {}) is False
    assert job.step is Step.ASSIGNED


def test_a_refusal_as_early_is_tried_again_under_the_same_id() -> None:
    job = a_job(*ASSIGNED)
    first = reply_of(job)

    hear(job, ("reply_refused", {"reply_id": first.id, "code": "WRONG_ORDER"}))

    assert reply_of(job) == first


def test_already_done_counts_as_done() -> None:
    job = a_job(*ASSIGNED)

    hear(job, ("reply_refused", {"reply_id": reply_of(job).id, "code": "ALREADY_DONE"}))

    assert job.step is Step.AT_PICKUP


def test_a_lost_offer_ends_the_job() -> None:
    job = a_job(("job_offered", OFFER))

    hear(job, ("reply_refused", {"reply_id": "off_1.accept", "code": "OFFER_TAKEN"}))

    assert job.next_reply() is None


def test_a_second_offer_of_a_lost_job_is_accepted_under_an_id_of_its_own() -> None:
    job = a_job(("job_offered", OFFER), ("job_withdrawn", {"offer_id": "off_1", "reason": "EXPIRED"}))
    assert job.next_reply() is None

    hear(job, ("job_offered", {**OFFER, "offer_id": "off_2"}))

    assert reply_of(job).id == "off_2.accept"


def test_the_withdrawal_of_an_older_offer_leaves_the_present_one() -> None:
    job = a_job(("job_offered", OFFER), ("job_offered", {**OFFER, "offer_id": "off_2"}))

    hear(job, ("job_withdrawn", {"offer_id": "off_1"}))

    assert reply_of(job).id == "off_2.accept"


def test_a_refused_pin_is_not_said_again() -> None:
    job = a_job(*ASSIGNED)
    for _ in range(3):
        apply(job)

    hear(job, ("reply_refused", {"reply_id": reply_of(job).id, "code": "WRONG_PIN"}))

    assert job.trouble == "WRONG_PIN"
    assert job.next_reply() is None


def test_a_report_is_given_first_and_then_the_work_goes_on() -> None:
    job = a_job(*ASSIGNED, ("report_requested", {}))

    report = apply(job)

    assert (report.id, report.type, report.data) == (
        "evt_3.status",
        "status",
        {"job_id": "dlv_1", "status": "ASSIGNED"},
    )
    assert reply_of(job).id == "off_1.arrived.pickup"


def test_unknown_events_are_ignored() -> None:
    job = a_job(*ASSIGNED)

    hear(job, ("job_painted", {"colour": "blue"}))

    assert job.step is Step.ASSIGNED


def test_of_a_job_that_is_not_its_own_it_reports_nothing() -> None:
    assert reply_of(a_job(("job_offered", OFFER), ("report_requested", {}))).type == "accept"
    assert a_job(("report_requested", {})).next_reply() is None


def test_a_company_declines_or_ignores_offers_by_their_ids_alone() -> None:
    manners = Manners(decline_every=2, ignore_every=3)
    steps = [manners.step(f"off_{number}") for number in range(600)]
    assert steps == [Manners(decline_every=2, ignore_every=3).step(f"off_{number}") for number in range(600)]
    counts = {step: steps.count(step) for step in (Step.UNWANTED, Step.ENDED, Step.OFFERED)}
    assert sum(counts.values()) == 600
    assert 250 < counts[Step.UNWANTED] < 350
    assert 60 < counts[Step.ENDED] < 140
    assert {Manners().step(f"off_{number}") for number in range(600)} == {Step.OFFERED}


def test_an_unwanted_offer_is_declined_and_that_is_its_end() -> None:
    job = Job("dlv_1", ("rid_1",), "000000", Manners(decline_every=1))
    hear(job, ("job_offered", OFFER))
    reply = apply(job)
    assert (reply.id, reply.type) == ("off_1.decline", "decline")
    assert reply.data == {"job_id": "dlv_1", "offer_id": "off_1", "reason": "no rider is free"}
    assert job.next_reply() is None


def test_an_ignored_offer_is_not_spoken_of() -> None:
    job = Job("dlv_1", ("rid_1",), "000000", Manners(ignore_every=1))
    hear(job, ("job_offered", OFFER))
    assert job.next_reply() is None


def test_a_job_that_is_ours_after_all_is_carried_out() -> None:
    job = Job("dlv_1", ("rid_1",), "000000", Manners(decline_every=1))
    hear(job, *ASSIGNED)
    assert reply_of(job).type == "arrived"


def test_what_is_said_last_is_what_is_collected() -> None:
    job = a_job(*ASSIGNED, ("job_changed", {"change": "CASH_CHANGED", "cash_to_collect_rupiah": 50_000}))
    for _ in range(3):
        apply(job)
    assert reply_of(job).data["cash_collected_rupiah"] == 50_000


def test_goods_of_a_locked_handover_go_back() -> None:
    job = a_job(*ASSIGNED)
    for _ in range(2):
        apply(job)
    hear(job, ("job_changed", {"change": "PIN_LOCKED"}))
    said = [apply(job) for _ in range(4)]
    assert [each.id for each in said] == [
        "off_1.arrived.dropoff", "off_1.failed", "off_1.status.RETURNING", "off_1.status.RETURNED",
    ]  # fmt: skip
    assert [each.data.get("status") for each in said[2:]] == ["RETURNING", "RETURNED"]
    assert (job.step, job.next_reply()) == (Step.ENDED, None)
