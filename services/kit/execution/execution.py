"""graphql-core's execution, with the usual values of an operation written by its plan.

What a plan does not know it hands to the methods of graphql-core from which this class inherits, at the place where it met it, and those
come back to the plan for whatever lies below. So each way is followed value by value, and errors, nulls and their order are graphql-core's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from services.kit.execution.completing import Items
from services.kit.execution.field import Field
from services.kit.execution.plans import Plan, Plans, Selection
from services.kit.execution.writing import Waits


class PlannedExecution(StrawberryGraphQLCoreExecutionContext):
    """For `execution_context_class`. `admits`, `complete_items` and `in_turn` are for those who count or slow down what is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = Plans.of(self.schema)
        self.strawberry_schema: Any = self.schema._strawberry_schema  # type: ignore[attr-defined]  # Strawberry puts it there
        # Arguments of fields that are the same for every source: of graphql-core's making, and of Strawberry's.
        self.coerced: dict[Field, dict[str, Any]] = {}
        self.converted: dict[Field, dict[str, Any]] = {}
        self._plan: Plan | None = None

    def admits(self, values: int, path: Path | None) -> bool:
        """Whether an object of so many fields may be answered; else it is empty."""
        return True

    def in_turn(self, path: Path, awaitable: Awaitable[Any]) -> Awaitable[Any]:
        """What is awaited for the field at this path."""
        return awaitable

    def complete_items(self, items: Items, path: Path, values: Sequence[Any]) -> Any:
        """A list, or an awaitable of one."""
        completed: list[Any] = []
        waits: list[int] = []
        try:
            items.complete(self, path, values, 0, completed, waits)
        except Exception:
            rest = [value for value in values[len(completed) + 1 :] if self.is_awaitable(value)]
            if pending := [completed[at] for at in waits] + rest:
                self.settle_in_background(pending)
            raise
        return self._all_items(completed, waits) if waits else completed

    async def _all_items(self, completed: list[Any], waits: list[int]) -> list[Any]:
        if len(waits) == 1:
            completed[waits[0]] = await completed[waits[0]]
            return completed
        for at, value in zip(waits, await gather_with_cancel(*(completed[at] for at in waits)), strict=True):
            completed[at] = value
        return completed

    # What the made functions call.

    def selection_of(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        """May raise what graphql-core raises when it collects fields."""
        plan = self._plan
        assert plan is not None
        key = (type_, id(details))
        found = plan.selections.get(key)
        if found is None:
            grouped = super().collect_subfields(type_, details).grouped_field_set
            found = plan.selections[key] = plan.select(self, type_, grouped, details)
            self.plans.keep(plan, self)
        return found

    def info_of(self, field: Field, path: Path) -> GraphQLResolveInfo[Any]:
        return self.build_resolve_info(field.definition, [*field.nodes], field.parent, path)

    def strawberry_info_of(self, field: Field, known: StrawberryField, path: Path | None) -> Any:
        here = Path(path, field.key, field.parent.name)
        return self.strawberry_schema.config.info_class(_raw_info=self.info_of(field, here), _field=known)

    async def awaited(self, field: Field, path: Path, value: Awaitable[Any]) -> Any:
        """As `complete_awaitable_value`, by the plan."""
        try:
            completed = field.complete(self, path, await self.in_turn(path, value))
            if self.is_awaitable(completed):
                completed = await completed
        except Exception as error:  # noqa: BLE001  the field's
            self.handle_field_error(error, field.type, field.details, path)
            return None
        return completed

    async def caught(
        self, completed: Awaitable[Any], type_: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001  that of the field or the item
            self.handle_field_error(error, type_, details, path)
            return None

    async def together(self, answer: dict[str, Any], waits: Waits) -> dict[str, Any]:
        if len(waits) == 1:
            ((key, awaitable),) = waits
            answer[key] = await awaitable
        else:
            found = await gather_with_cancel(*(awaitable for _, awaitable in waits))
            answer.update(zip((key for key, _ in waits), found, strict=True))
        return answer

    def let_go(self, waits: Waits) -> None:
        """Of what was begun beside a field that failed: it is seen to its end, for nobody."""
        if waits:
            self.settle_in_background([awaitable for _, awaitable in waits])

    # Where graphql-core comes back to the plan.

    def execute_operation(self, serially: bool | None = None) -> Any:
        self._plan = self.plans.plan(self)
        return super().execute_operation(serially)

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,
        position_context: Any,
    ) -> Any:
        plan = self._plan
        if plan is not None:
            if plan.root is None:
                plan.root = plan.select(self, root_type, grouped_field_set, None)
                self.plans.keep(plan, self)
            if not serially:
                return plan.root.write(self, root_value, None)
            grouped_field_set = plan.root.grouped
        return super().execute_root_grouped_field_set(
            root_type, root_value, grouped_field_set, serially, position_context
        )

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if self._plan is None:
            return super().collect_and_execute_subfields(
                return_type, field_details_list, path, result, position_context
            )
        return self.selection_of(return_type, field_details_list).write(self, result, path)
