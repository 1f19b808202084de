"""`.env` keeps what is in it."""

from __future__ import annotations

import pytest

from infra.compose.installing.dotenv import Unreadable, changed, values

TEXT = """# who
#PEOPLE_ISSUER=http://127.0.0.1:4000
JWT_CA="-----BEGIN CERTIFICATE-----
QUJD==
-----END CERTIFICATE-----"
export LOG_LEVEL=DEBUG # loud
API_REPLICAS=2
API_REPLICAS=3
ODD='a b'
"""


def test_what_is_said_is_read_without_quotes_and_remarks_the_last_of_a_name() -> None:
    assert values(TEXT) == {
        "JWT_CA": "-----BEGIN CERTIFICATE-----", "LOG_LEVEL": "DEBUG", "API_REPLICAS": "3", "ODD": "a b",
    }  # fmt: skip


def test_only_what_is_another_is_changed_and_at_its_place() -> None:
    after = changed(
        TEXT, {"PEOPLE_ISSUER": "https://x.id", "API_REPLICAS": "4", "LOG_LEVEL": "DEBUG", "NEW": "a b", "NONE": ""}
    )
    lines = after.splitlines()
    assert lines[1] == "PEOPLE_ISSUER=https://x.id"
    assert [line for line in lines if line.startswith("API")] == ["API_REPLICAS=2", "API_REPLICAS=4"]
    assert "export LOG_LEVEL=DEBUG # loud" in lines
    assert lines[-1] == "NEW='a b'"
    assert len(lines) == len(TEXT.splitlines()) + 1
    assert changed(after, {"NEW": "a b"}) == after


@pytest.mark.parametrize("text", ["A=1\nnot a setting\n", "A='open\n", 'A="\n'])
def test_a_file_that_would_be_spoiled_is_left_alone(text: str) -> None:
    with pytest.raises(Unreadable):
        values(text)
