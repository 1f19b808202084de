from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from infra.ops.provision.declaration import BEFORE, OF_PARTNERS, OF_SERVICES, Declaration, credential, declare
from infra.ops.provision.difference import Found, difference
from services.contracts.delivery import PartnerId
from services.contracts.registry import NAMES
from services.kit.database.releases import RELEASES
from services.kit.kafka.admin import Credential
from services.kit.kafka.cluster import Mechanism
from services.kit.secret import Secret

ONE, TWO = PartnerId.seeded("one"), PartnerId.seeded("two")
PASSWORDS = {user: Secret(f"password-of-{user}") for user in (*NAMES, str(ONE), str(TWO))}
POSSIBLE = [
    Credential(user, mechanism)
    for user in (*PASSWORDS, "somebody")
    for mechanism in (Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_512)
]
some = st.frozensets(st.sampled_from(POSSIBLE))


def declared(*, settled: bool = False) -> Declaration:
    return declare([ONE, TWO], PASSWORDS, suspended=[TWO], settled=settled)


def after(todo: Declaration, passwords: frozenset[Credential], wrong: Iterable[Credential] = ()) -> Found:
    """What is there once the difference was done; all else is as declared."""
    done = difference(todo, Found(todo.topics, passwords=passwords, wrong_passwords=frozenset(wrong)))
    left = passwords - set(done.lost_passwords) | set(done.new_passwords)
    return Found(todo.topics, passwords=left, acls=todo.acls, quotas=todo.quotas)


@given(some, some, st.booleans())
def test_what_was_done_is_not_to_be_done_again(
    passwords: frozenset[Credential], wrong: frozenset[Credential], settled: bool
) -> None:
    todo = declared(settled=settled)
    assert [*difference(todo, after(todo, passwords, wrong & passwords)).lines()] == []


@given(some)
def test_every_user_can_log_in_where_he_belongs_and_a_suspended_one_nowhere(passwords: frozenset[Credential]) -> None:
    left = after(declared(), passwords).passwords
    assert {credential(user) for user in (*NAMES, str(ONE))} <= left
    assert {each.user for each in left} == {*NAMES, str(ONE)}


@given(some)
def test_a_service_gets_no_password_that_the_partners_listener_takes_and_loses_the_old_one_when_it_is_settled(
    passwords: frozenset[Credential],
) -> None:
    old = {Credential(name, OF_PARTNERS) for name in NAMES}
    assert after(declared(), passwords).passwords & old == passwords & old
    assert not after(declared(settled=True), passwords).passwords & old


@given(some, some)
def test_a_password_that_is_there_and_wrong_is_set_or_goes(
    passwords: frozenset[Credential], wrong: frozenset[Credential]
) -> None:
    """What was rotated away opens nothing, neither what is kept for the image before."""
    todo = declared()
    done = difference(todo, Found(todo.topics, passwords=passwords, wrong_passwords=wrong & passwords))
    assert wrong & passwords <= set(done.new_passwords) | set(done.lost_passwords)
    assert all(password == PASSWORDS[each.user] for each, password in done.new_passwords.items())


def test_services_and_partners_have_not_the_same_mechanism() -> None:
    assert OF_SERVICES is not OF_PARTNERS


def test_what_is_kept_for_the_release_before_goes_with_the_release_after() -> None:
    """0.1.0 has services with SCRAM-SHA-512; from 0.2.0 one goes to 0.3.0, whose release before is none of those."""
    assert (BEFORE is not None) == (RELEASES[-1] in ("0.1.0", "0.2.0"))
