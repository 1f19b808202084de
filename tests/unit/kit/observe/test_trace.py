"""Trace context: what is taken from a caller and what is sent on."""

import re

import pytest

from services.kit.observe import telemetry, trace

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_a_callers_trace_goes_on_under_a_span_of_our_own() -> None:
    started = trace.start(f"00-{TRACE}-{SPAN}-00")
    assert (started.trace_id, started.flags) == (TRACE, "00")
    assert started.span_id != SPAN
    assert trace.parse(str(started)) == started


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"01-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
    ],
)
def test_what_names_no_trace_begins_a_new_one_wherever_it_is_read(text: str | None) -> None:
    assert trace.parse(text) is None
    started = trace.start(text)
    assert started.trace_id != TRACE
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", str(started))
    with telemetry.span("request", text):
        assert telemetry.current_trace_id() not in (None, TRACE, "0" * 32)
