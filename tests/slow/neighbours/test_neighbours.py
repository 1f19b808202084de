"""The judge of neighbours: it must say so when somebody was slowed or failed."""

from tests.slow.neighbours.__main__ import Pair, Pairs
from tests.slow.neighbours.honest import Window


def a_window(page_s: float, order_s: float, failed: tuple[str, ...] = ()) -> Window:
    return Window([page_s] * 5, [order_s] * 3, list(failed))


def one(alone: Window, beside: Window) -> Pairs:
    return Pairs([Pair(alone, beside)])


def test_nobody_slowed_is_fair() -> None:
    assert one(a_window(0.1, 1), a_window(0.119, 1.19)).is_fair()


def test_slow_pages_slow_orders_and_failures_are_found() -> None:
    assert not one(a_window(0.1, 1), a_window(0.13, 1)).is_fair()
    assert not one(a_window(0.1, 1), a_window(0.1, 1.3)).is_fair()
    assert not one(a_window(0.1, 1), a_window(0.1, 1, ("page: RATE_LIMITED",))).is_fair()


def test_what_fails_with_nobody_beside_is_no_measurement() -> None:
    assert not one(a_window(0.1, 1, ("order: TOO_MANY_CONTACTS",)), a_window(0.1, 1)).is_fair()


def test_a_machine_that_becomes_slow_for_a_round_slows_nobody_by_that() -> None:
    assert Pairs(
        [Pair(a_window(page, order), a_window(page, order)) for page, order in ((0.05, 1), (0.5, 9), (0.04, 1))]
    ).is_fair()


def test_who_is_slowed_in_most_rounds_is_found() -> None:
    slowed, spared = Pair(a_window(0.1, 1), a_window(0.1, 1.3)), Pair(a_window(0.1, 1), a_window(0.1, 1))
    assert not Pairs([slowed, spared, slowed]).is_fair()


def test_a_neighbour_beside_whom_nothing_is_done_at_all_is_found() -> None:
    assert not one(a_window(0.1, 1), Window()).is_fair()


def test_orders_of_the_careless_company_itself_are_set_apart_and_count_for_nobody() -> None:
    window = Window([0.1] * 5, [1.0, 9.0, 1.0], ids=["ord_a", "ord_b", "ord_c"])
    window.set_apart({"ord_b", "ord_x"})
    assert (window.orders_s, window.own_s) == ([1.0, 1.0], [9.0])
    assert one(a_window(0.1, 1), window).is_fair()
    window.set_apart({"ord_a", "ord_c"})  # with nothing left there is nothing to be fair by
    assert not one(a_window(0.1, 1), window).is_fair()
