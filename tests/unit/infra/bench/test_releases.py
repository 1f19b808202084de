from infra.bench import releases


def test_what_is_burnt_at_rest_is_taken_off_each() -> None:
    assert releases.each_ms({"gateway": 50.0, "postgres": 10.0}, {"gateway": 10.0}, 2.0, 4) == {
        "gateway": 20.0,
        "postgres": 5.0,
    }


def test_each_row_is_said_beside_what_was_stated_and_the_goal() -> None:
    said = list(releases.report({"order page": {"gateway": 4.0, "postgres": 4.45, "web": 0.0}}))
    assert said == [
        ("order page", "8.4 ms", "stated 16.9: x 0.50; goal 5.0"),
        ("    postgres", "4.5 ms", ""),
        ("    gateway", "4.0 ms", ""),
    ]
