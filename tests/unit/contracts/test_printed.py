"""The contracts as others read them: what is printed is what is told, and what breaks somebody is refused."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from services.contracts import printed
from tests.contracts import samples


def _partner() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(printed.partner_document()))
    return found


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


@pytest.mark.parametrize("kind", sorted(printed.messages()))
def test_a_sample_fits_the_schema_of_its_type_and_without_a_field_it_does_not(kind: str) -> None:
    schema, data = json.loads(printed.messages()[kind]), samples.sample(kind)["data"]
    Draft202012Validator.check_schema(schema)
    fits = Draft202012Validator(schema).is_valid
    assert fits(data)
    assert fits({**data, "of_tomorrow": 1})
    for name in schema["$defs"][schema["$ref"].rpartition("/")[2]]["required"]:
        assert not fits({key: value for key, value in data.items() if key != name})
    assert not fits({**data, "job_id": "ord_01ep341r00e40vbnfxvsbh7nw1"}) or "job_id" not in data


def test_every_message_is_in_the_document_and_every_reference_leads_somewhere() -> None:
    for document in (printed.partner_document(), printed.market_document()):
        text = json.dumps(document)
        for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
            at: Any = document
            for step in reference.split("/"):
                at = at[step]
        named = {kind for channel in document["channels"].values() for kind in channel["messages"]}
        assert named == set(document["components"]["messages"])
    assert set(printed.partner_document()["components"]["messages"]) == set(printed.messages())


def _field_gone(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["properties"].pop("distance_m")


def _told_retyped(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["properties"]["distance_m"] = {"type": "string"}


def _told_may_lack(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["required"].remove("expires_at")


def _nested_gone(document: dict[str, Any]) -> None:
    _schema(document, "RoundedPoint")["properties"].pop("lat")


def _reply_no_more_null(document: dict[str, Any]) -> None:
    _schema(document, "Decline")["properties"]["reason"] = {"type": "null"}


def _null_now(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["properties"]["distance_m"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}


def _reply_needs_more(document: dict[str, Any]) -> None:
    _schema(document, "Decline")["required"].append("reason")


def _reply_narrower(document: dict[str, Any]) -> None:
    _schema(document, "Decline")["properties"]["reason"]["maxLength"] = 100


def _value_gone(document: dict[str, Any]) -> None:
    _schema(document, "ArrivedAt")["enum"].remove("pickup")


def _message_gone(document: dict[str, Any]) -> None:
    document["channels"]["jobs"]["messages"].pop("partner.job_offered.v1")


def _channel_moved(document: dict[str, Any]) -> None:
    document["channels"]["jobs"]["address"] = "elsewhere"


def _other_ids(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["properties"]["job_id"]["pattern"] = "^job_"


_BREAKS = (_field_gone, _told_retyped, _told_may_lack, _nested_gone, _null_now, _reply_needs_more, _reply_narrower, _value_gone,
           _message_gone, _channel_moved, _other_ids, _reply_no_more_null)  # fmt: skip


@pytest.mark.parametrize("change", _BREAKS, ids=lambda each: each.__name__)
def test_what_breaks_somebody_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    """Each is a negative control of the rule that refuses it."""
    was, now = _partner(), _partner()
    change(now)
    found = [*printed.incompatible(was, now)]
    assert len(found) == (2 if change is _nested_gone else 1), found


def _new_field(document: dict[str, Any]) -> None:
    _schema(document, "JobOffered")["properties"]["weight_gram"] = {"type": "integer"}


def _new_value(document: dict[str, Any]) -> None:
    _schema(document, "WithdrawnReason")["x-values"].append("OTHER")


def _told_value_gone(document: dict[str, Any]) -> None:
    _schema(document, "WithdrawnReason")["x-values"].pop()


def _reply_field_may_lack(document: dict[str, Any]) -> None:
    _schema(document, "Decline")["required"].remove("offer_id")


def _reply_wider(document: dict[str, Any]) -> None:
    _schema(document, "Decline")["properties"]["reason"]["maxLength"] = 500


def _reply_may_be_null(document: dict[str, Any]) -> None:
    """Who tells of a rider beside a job goes on; who tells of one without a job may."""
    reason = _schema(document, "Decline")["properties"]["reason"]
    _schema(document, "Decline")["properties"]["reason"] = {"anyOf": [reason, {"type": "null"}]}


def _new_message(document: dict[str, Any]) -> None:
    document["components"]["messages"]["partner.new.v1"] = document["components"]["messages"]["partner.pinged.v1"]
    document["channels"]["jobs"]["messages"]["partner.new.v1"] = {"$ref": "#/components/messages/partner.new.v1"}


@pytest.mark.parametrize(
    "change", [_new_field, _new_value, _told_value_gone, _reply_field_may_lack, _reply_wider, _reply_may_be_null, _new_message],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_what_breaks_nobody_is_let_through(change: Callable[[dict[str, Any]], None]) -> None:
    was, now = _partner(), _partner()
    change(now)
    assert [*printed.incompatible(was, now)] == []


def test_between_services_both_read_what_the_other_wrote() -> None:
    was = json.loads(json.dumps(printed.market_document()))
    now = copy.deepcopy(was)
    _schema(now, "PartnerChanged")["required"].append("reason")
    assert "reason" in "".join(printed.incompatible(was, now))


def test_the_gate_prints_what_fits_and_refuses_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed.main(["check"], tmp_path) == 1
    assert printed.main(["write"], tmp_path) == 0
    assert printed.main(["check"], tmp_path) == 0
    file = tmp_path / "partner.asyncapi.json"
    document = json.loads(file.read_text())
    document["components"]["schemas"]["JobOffered"]["properties"]["of_yesterday"] = {"type": "string"}
    file.write_text(json.dumps(document))
    for verb in ("check", "write"):
        capsys.readouterr()
        assert printed.main([verb], tmp_path) == 1
        assert "partner.job_offered.v1.of_yesterday: the field is gone" in capsys.readouterr().err
    assert "of_yesterday" in file.read_text()
