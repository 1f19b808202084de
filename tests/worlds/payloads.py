"""What mutations answer: what is there afterwards, or the problems."""

from __future__ import annotations

from typing import Any

PROBLEMS = """problems { code message retryable field lineId variantId merchantId minimum limit step unit total status version until
    retryAfterMs licenceKind reason reasonEn }"""


def done(payload: Any) -> Any:
    """The one thing that was asked for of what is there afterwards. Asserts that there are no problems."""
    assert payload["problems"] == [], payload["problems"]
    (made,) = (value for name, value in payload.items() if name != "problems")
    assert made is not None, payload
    return made


def problems(payload: Any) -> list[dict[str, Any]]:
    """Each with the facts that it has, `message` and `retryable: false` left out. Asserts that there is nothing else."""
    assert not any(value for name, value in payload.items() if name != "problems"), payload
    return [
        {name: value for name, value in each.items() if value is not None and value is not False and name != "message"}
        for each in payload["problems"]
    ]


def refused(payload: Any) -> dict[str, Any]:
    """The one problem, as `problems` shows it."""
    (problem,) = problems(payload)
    return problem
