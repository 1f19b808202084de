"""Refusals of the mutations: how each exception is told."""

from __future__ import annotations

from typing import Any

from services.kit.graphql.refusals import Answer

REFUSALS: list[Answer[Any]] = []
