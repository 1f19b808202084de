"""The one vocabulary of errors, and its page."""

from pathlib import Path

from gateway.supergraph.drift import drifted
from services.kit import codes

ROOT = Path(__file__).parents[2]


def test_every_code_is_described() -> None:
    assert set(codes.VOCABULARY) == set(codes.ErrorCode)


def test_the_page_is_printed_from_the_vocabulary() -> None:
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == codes.document()


def test_an_error_says_its_code_its_trace_and_whether_to_repeat() -> None:
    assert codes.extensions(codes.ErrorCode.RATE_LIMITED, "t", retry_after_ms=5) == {
        "code": "RATE_LIMITED",
        "traceId": "t",
        "retryable": True,
        "retryAfterMs": 5,
    }


def test_only_our_own_family_is_masked() -> None:
    assert codes.is_client("FORBIDDEN")
    assert not codes.is_client("TIMEOUT")
    assert not codes.is_client("SOMETHING_ELSE")


def test_drift_names_the_subgraph_that_changed_is_new_or_is_gone(tmp_path: Path) -> None:
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  # of "foo"
    supergraph = tmp_path / "supergraph.graphql"
    supergraph.write_text(f"# subgraph a sha256:{digest}\n# subgraph b sha256:{digest}\n# subgraph c sha256:{digest}\n")
    for name, text in (("a", "foo"), ("b", "bar"), ("d", "foo")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "schema.graphql").write_text(text)
    assert drifted(supergraph, tmp_path) == [
        "c is in the supergraph and has no schema.graphql",
        "b changed since the supergraph was composed",
        "d is not in the supergraph",
    ]


def test_a_supergraph_that_fits_its_subgraphs_has_not_drifted() -> None:
    folder = Path(__file__).parent / "supergraphs" / "shop"
    lines = (folder / "supergraph.graphql").read_text(encoding="utf-8")
    assert lines.count("# subgraph ") == 3
