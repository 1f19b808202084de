"""Requests of Kafka's protocol that aiokafka has not, of its own building blocks: users, client quotas, single settings of a topic."""

from __future__ import annotations

from typing import Any

from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactBytes,
    CompactString,
    Float64,
    Int8,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

_text, _compact = String("utf-8"), CompactString("utf-8")
_TAGS = ("tags", TaggedFields)


class Ready:
    """A request whose version is chosen: aiokafka's connections ask it for its struct."""

    def __init__(self, struct: RequestStruct) -> None:
        self.API_KEY = struct.API_KEY
        self._struct = struct

    def prepare(self, _versions: Any) -> RequestStruct:
        return self._struct


class DescribeUsersResponse(Response):
    API_KEY = 50
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", _compact),
        (
            "results",
            CompactArray(
                ("user", _compact),
                ("error_code", Int16),
                ("error_message", _compact),
                ("credentials", CompactArray(("mechanism", Int8), ("iterations", Int32), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class DescribeUsers(RequestStruct):
    """DescribeUserScramCredentials; no list of users means all."""

    FLEXIBLE_VERSION = True
    API_KEY = 50
    API_VERSION = 0
    RESPONSE_TYPE = DescribeUsersResponse
    SCHEMA = Schema(("users", CompactArray(("name", _compact), _TAGS)), _TAGS)


class AlterUsersResponse(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", _compact), ("error_code", Int16), ("error_message", _compact), _TAGS),
        ),
        _TAGS,
    )


class AlterUsers(RequestStruct):
    """AlterUserScramCredentials."""

    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = AlterUsersResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", _compact), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", _compact),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class AlterQuotasResponse(Response):
    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "entries",
            Array(
                ("error_code", Int16),
                ("error_message", _text),
                ("entity", Array(("entity_type", _text), ("entity_name", _text))),
            ),
        ),
    )


class AlterQuotas(RequestStruct):
    """AlterClientQuotas."""

    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = AlterQuotasResponse
    SCHEMA = Schema(
        (
            "entries",
            Array(
                ("entity", Array(("entity_type", _text), ("entity_name", _text))),
                ("ops", Array(("key", _text), ("value", Float64), ("remove", Boolean))),
            ),
        ),
        ("validate_only", Boolean),
    )


class AlterSettingsResponse(Response):
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(("error_code", Int16), ("error_message", _text), ("resource_type", Int8), ("resource_name", _text)),
        ),
    )


class AlterSettings(RequestStruct):
    """IncrementalAlterConfigs: what is not named stays."""

    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = AlterSettingsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", _text),
                ("configs", Array(("name", _text), ("operation", Int8), ("value", _text))),
            ),
        ),
        ("validate_only", Boolean),
    )
