"""What shapes an installed app lives with, whose normalised cache knows the types of the day on which it was built.

Such a cache drops what is selected by a fragment of a type that it has never seen (Apollo Client), or throws (urql's Graphcache). So what
every client needs stands on types that are there from the beginning: payloads are objects, a problem's facts are fields of the
interface, and no type of problem comes later. `tests/clients/test_old_apps.py` shows what each client does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)

PROBLEM = "Problem"
PAYLOAD = "Payload"
_PROBLEMS = f"[{PROBLEM}!]!"


def misshapen(schema: GraphQLSchema) -> list[str]:
    """What an installed app with a normalised cache would not live with, a sentence each."""
    return [
        *(
            f"{name} is a union: an app drops a member that it does not know. Answer an object, or an interface."
            for name, type_ in sorted(schema.type_map.items())
            if is_union_type(type_)
        ),
        *_mutations(schema),
        *_payloads(schema),
        *_carried_alone(schema),
    ]


def _mutations(schema: GraphQLSchema) -> Iterator[str]:
    for name, field in schema.mutation_type.fields.items() if schema.mutation_type else ():
        wanted = name[0].upper() + name[1:] + PAYLOAD
        answered = get_nullable_type(field.type)
        if not is_object_type(answered) or answered.name != wanted:
            yield f"Mutation.{name} answers {field.type}: a mutation answers the object {wanted}, which nothing else answers."


def _payloads(schema: GraphQLSchema) -> Iterator[str]:
    roots = [root for root in (schema.query_type, schema.mutation_type) if root]
    found = {get_named_type(field.type) for root in roots for field in root.fields.values()}
    for payload in sorted(found, key=lambda each: each.name):
        if not isinstance(payload, GraphQLObjectType) or not payload.name.endswith(PAYLOAD):
            continue
        problems = payload.fields.get("problems")
        if problems is None or str(problems.type) != _PROBLEMS:
            yield f"{payload.name} has no problems: {_PROBLEMS}."
        for name, field in payload.fields.items():
            if name != "problems" and is_non_null_type(field.type):
                yield f"{payload.name}.{name} is {field.type}: of what is refused there is nothing, so it is nullable."


def _carried_alone(schema: GraphQLSchema) -> Iterator[str]:
    problem = schema.type_map.get(PROBLEM)
    if problem is None:
        return
    if not isinstance(problem, GraphQLInterfaceType):
        yield f"{PROBLEM} is no interface."
        return
    for type_ in schema.get_possible_types(problem):
        for name, field in type_.fields.items():
            if name not in problem.fields and _is_scalar(field):
                yield f"{type_.name}.{name} is carried alone: a fact that is no list and no object is a field of {PROBLEM} itself."


def _is_scalar(field: GraphQLField) -> bool:
    kind: Any = get_nullable_type(field.type)
    return not is_list_type(kind) and is_leaf_type(kind)


def newcomers(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """Types of problems that the old schema does not have, a sentence each."""
    before, after = (schema.type_map.get(PROBLEM) for schema in (old, new))
    if isinstance(before, GraphQLInterfaceType) and isinstance(after, GraphQLInterfaceType):
        known = {each.name for each in old.get_possible_types(before)}
        yield from (
            f"{each.name} is a new type of {PROBLEM}, which the caches of installed apps do not know: add its facts to {PROBLEM}."
            for each in new.get_possible_types(after)
            if each.name not in known
        )
