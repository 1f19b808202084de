"""Execution of GraphQL operations of a Strawberry schema that is planned once per operation: README.md beside this file.

schema = strawberry.Schema(query=Query, execution_context_class=PlannedExecution)
"""

from services.kit.execution.execution import PlannedExecution
from services.kit.execution.plans import Plans, Unplanned

__all__ = ["PlannedExecution", "Plans", "Unplanned"]
