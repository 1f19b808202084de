"""How riders are sought, as officers enter it and whoever has signed in may read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from services.contracts.delivery import PartnerId
from services.contracts.roles import Role
from services.delivery.commands import policies as commands
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.policy import LIMITS, MAX_COMPANIES, DispatchRule, Entered, PolicyId
from services.delivery.schema.context import Info
from services.delivery.schema.types import Partner
from services.delivery.store import policies
from services.delivery.store.policies import PolicyView
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line

_WHY_CHARACTERS = 500
_DEFAULT = Policy()

described(
    DispatchRule,
    "Whose turn it is among companies that were asked as often for a job; who has somebody in reach comes first. New values may come.",
    NEAREST="Whose able rider is nearest to the first pickup.",
    FAIR_SHARE="Who has taken the fewest jobs today.",
    CHEAPEST="Whose rate is the lowest, then whose rider drives the fewest metres for it: what the buyer pays is the same with all.",
    COMPANY_ORDER="In the order that was entered.",
)


def _between(name: str) -> str:
    least, most = LIMITS[name]
    return f"{least} to {most:,}"


@strawberry.type(
    description="How riders are sought, from a moment until the next policy's. What was entered never changes."
)
class DispatchPolicy:
    id: strawberry.ID | None = strawberry.field(description="Null of what holds while nothing was entered.")
    valid_from: datetime | None = strawberry.field(description="From then on; null while nothing was entered.")
    rule: DispatchRule = strawberry.field(description="Whose turn it is.")
    company_keys: strawberry.Private[tuple[PartnerId, ...]]
    offer_seconds: int = strawberry.field(description="How long an offer is open.")
    at_once: int = strawberry.field(description="How many companies are asked at the same time.")
    rounds: int = strawberry.field(description="How often one company is asked for one job.")
    pause_seconds: int = strawberry.field(description="Before it is asked again; then twice, four times as long.")
    assign_within_seconds: int = strawberry.field(description="When the search is given up.")
    reach_m: int = strawberry.field(description="Metres within which a rider is in reach.")
    escalate_percent: int = strawberry.field(description="Of its time, after which a search wants a person.")
    together: int = strawberry.field(description="Jobs that one rider has at a time, at most.")
    batch: int = strawberry.field(description="The same, when all are of one hub.")
    detour_m: int = strawberry.field(description="Metres that a job more may add to a rider's way, at most.")
    why: str | None = strawberry.field(description="Why it was entered; officers and operators only.")

    @strawberry.field(
        description=f"Who is asked first, second, …; at most {MAX_COMPANIES}, and none for other rules.",
        directives=[sized(MAX_COMPANIES)],
    )
    async def companies(self, info: Info) -> list[Partner]:
        found = [await Partner.find(info, each) for each in self.company_keys]
        return [each for each in found if each]

    @classmethod
    def of(cls, policy: Policy, entered: Entered | None, why: str | None = None) -> DispatchPolicy:
        held = policy.holding(entered)
        return cls(
            id=strawberry.ID(str(entered.id)) if entered else None,
            valid_from=entered.valid_from if entered else None,
            rule=held.rule,
            company_keys=held.companies,
            offer_seconds=held.offer_s,
            at_once=held.at_once,
            rounds=held.rounds,
            pause_seconds=held.pause_s,
            assign_within_seconds=held.assign_within_s,
            reach_m=held.reach_m,
            escalate_percent=held.escalate_percent,
            together=held.together,
            batch=held.batch,
            detour_m=held.detour_m,
            why=why,
        )

    @classmethod
    def shown(cls, info: Info, view: PolicyView) -> DispatchPolicy:
        staff = info.context.identity.has(Role.OFFICER, Role.OPS)
        return cls.of(info.context.means.rules.policy, view.policy, view.why if staff else None)


@strawberry.input(description="How riders are to be sought. What is not said is as when nothing was ever entered.")
class EnterDispatchPolicyInput:
    rule: DispatchRule = strawberry.field(description="Whose turn it is.")
    why: str = strawberry.field(description=f"For the record: one line of 1 to {_WHY_CHARACTERS} characters.")
    valid_from: datetime | None = strawberry.field(default=None, description="From then on; at once unless said.")
    companies: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=f"For COMPANY_ORDER alone: at most {MAX_COMPANIES}, each once."
    )
    offer_seconds: int = strawberry.field(default=_DEFAULT.offer_s, description=f"{_between('offer_s')}.")
    at_once: int = strawberry.field(default=_DEFAULT.at_once, description=f"{_between('at_once')}.")
    rounds: int = strawberry.field(default=_DEFAULT.rounds, description=f"{_between('rounds')}.")
    pause_seconds: int = strawberry.field(default=_DEFAULT.pause_s, description=f"{_between('pause_s')}.")
    assign_within_seconds: int = strawberry.field(
        default=_DEFAULT.assign_within_s, description=f"{_between('assign_within_s')}."
    )
    reach_m: int = strawberry.field(default=_DEFAULT.reach_m, description=f"{_between('reach_m')}.")
    escalate_percent: int = strawberry.field(
        default=_DEFAULT.escalate_percent, description=f"{_between('escalate_percent')}."
    )
    together: int = strawberry.field(
        default=_DEFAULT.together, description=f"{_between('together')}; 1 is none beside."
    )
    batch: int = strawberry.field(default=_DEFAULT.batch, description=f"{_between('batch')}, and `together` at least.")
    detour_m: int = strawberry.field(default=_DEFAULT.detour_m, description=f"{_between('detour_m')}.")

    def policy(self, policy_id: PolicyId) -> Entered:
        if self.valid_from is not None and self.valid_from.tzinfo is None:
            raise BadUserInput("input.validFrom has no time zone")
        return Entered(
            id=policy_id,
            valid_from=self.valid_from or datetime.min.replace(tzinfo=UTC),
            rule=self.rule,
            companies=tuple(PartnerId.parse(each) for each in self.companies[: MAX_COMPANIES + 1]),
            offer_s=self.offer_seconds,
            at_once=self.at_once,
            rounds=self.rounds,
            pause_s=self.pause_seconds,
            assign_within_s=self.assign_within_seconds,
            reach_m=self.reach_m,
            escalate_percent=self.escalate_percent,
            together=self.together,
            batch=self.batch,
            detour_m=self.detour_m,
        )


@strawberry.type
class EnterDispatchPolicyPayload(Payload):
    policy: DispatchPolicy | None = None


@strawberry.type
class PolicyMutations:
    @refusable(
        description="Officers and operators: enter how riders are sought, from now or a time to come; what there is never changes. "
        "Searches that run go on by it. The key makes a repeat the same one."
    )
    async def enter_dispatch_policy(
        self,
        info: Info,
        input: Annotated[EnterDispatchPolicyInput, strawberry.argument(description="The whole policy.")],
        idempotency_key: str,
    ) -> EnterDispatchPolicyPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        given, why = input.policy(PolicyId.new()), read_line("input.why", input.why, longest=_WHY_CHARACTERS)
        async with transaction(info.context.db) as conn:
            entered = await commands.enter(
                conn,
                given,
                why,
                at_once=input.valid_from is None,
                by=subject,
                idempotency_key=idempotency_key,
            )
            view = await policies.find(conn, entered)
        return EnterDispatchPolicyPayload(policy=DispatchPolicy.shown(info, view))


@strawberry.type
class PolicyQueries:
    @strawberry.field(description="How riders are sought now: for whoever has signed in.")
    async def dispatch_policy(self, info: Info) -> DispatchPolicy | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            return DispatchPolicy.of(info.context.means.rules.policy, await policies.holding(conn))

    @strawberry.field(
        description="What was entered of it, the last to begin first: for whoever has signed in.", directives=[PAGED]
    )
    async def dispatch_policies(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[DispatchPolicy] | None:
        info.context.identity.require()
        page = Page(first, after, tuple[str])
        async with info.context.db.acquire() as conn:
            rows = await policies.page(conn, _after(page.after[0]) if page.after else None, page.limit)
        return page.connection(
            rows, key=lambda row: (str(row.policy.id),), node=lambda row: DispatchPolicy.shown(info, row)
        )


def _after(text: str) -> PolicyId:
    try:
        return PolicyId.parse(text)
    except ValueError as error:
        raise BadUserInput("after is not a cursor of this list") from error
