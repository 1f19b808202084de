"""Estimates, in bytes, of what a cached operation and a cached plan keep alive; tests hold them to what is measured."""

import sys

from gateway.errors import RequestError
from gateway.operation import Operation
from gateway.planner.plan import Location, Plan, Tree
from gateway.planner.selection import Field, SelectionSet

# Measured with tracemalloc on CPython 3.11 to 3.13. The node of a syntax tree with its texts, by token of the document.
_TOKEN = 130
_OPERATION = 1_000
_PLAN = 6_000
_STEP = 2_500
# One key of the merged data, and the writer of one field for one type that it may be written for.
_ENTRY = 1_100
_WRITER = 1_400
_TREE_FIELD = 350
_SELECTED = 500


def operation_bytes(query: str, known: Operation | RequestError) -> int:
    if isinstance(known, RequestError):
        return sys.getsizeof(query) + sum(len(str(error)) for error in known.errors) * 2 + _OPERATION
    return sys.getsizeof(query) + len(query) + known.tokens * _TOKEN + _OPERATION  # once more: the names in the tree


def plan_bytes(query: str, plan: Plan, selection: SelectionSet) -> int:
    """Counts the writers of all types that a place may have, although they are made when a type is first seen; and `query`, which a plan
    keeps although the operation may be gone."""
    texts = sum(len(text) for request in plan.requests for text in request.texts)
    trees = sum(_tree(step.tree) for step in plan.steps)
    entries, writers = _entries(plan.root)
    return (
        _PLAN
        + sys.getsizeof(query)
        + len(plan.steps) * _STEP
        + texts * 2
        + trees * _TREE_FIELD
        + entries * _ENTRY
        + writers * _WRITER
        + _selected(selection) * _SELECTED
    )


def _tree(tree: Tree) -> int:
    below = sum(_tree(child) for _, _, child in tree.fields.values() if child is not None)
    return 1 + len(tree.fields) + below + sum(_tree(child) for child in tree.fragments.values())


def _entries(location: Location) -> tuple[int, int]:
    count = writers = 0
    for group in location.entries.values():
        for entry in group:
            below = _entries(entry.location)
            count += 1 + below[0]
            writers += len(entry.parents) + below[1]
    return count, writers


def _selected(selection: SelectionSet) -> int:
    count = 0
    for item in selection.items:
        children = item.children
        count += 1 + (_selected(children) if children is not None else 0)
        if isinstance(item, Field):
            count += bool(item.args)
    return count
