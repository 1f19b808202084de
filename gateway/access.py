"""Who may see which field: @authenticated and @requiresScopes, judged before anything is planned.

What a caller may not see is null in the answer, with an error at its path, and is asked of no subgraph.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    NonNullTypeNode,
    TypeInfo,
    TypeInfoVisitor,
    get_named_type,
    visit,
)
from graphql import Visitor as AstVisitor

from gateway.errors import RequestError
from gateway.identity import rights
from gateway.planner.selection import Field, Fragment, Item, SelectionSet
from gateway.supergraph.annotations import Requirement
from gateway.supergraph.model import Supergraph
from services.kit.codes import ErrorCode
from services.kit.http.identity import Identity

_NONE: frozenset[Requirement] = frozenset()


def fulfils(granted: frozenset[str], demand: Requirement) -> bool:
    """What a known caller has against one demand.

    @policy is not judged here, so it is never fulfilled: an answer too few is better than one too many.
    """
    return not demand.policy and (not demand.scopes or any(scopes <= granted for scopes in demand.scopes))


def refusal(message: str, who: Identity) -> RequestError:
    code, status = (ErrorCode.UNAUTHENTICATED, 401) if who.anonymous else (ErrorCode.FORBIDDEN, 403)
    return RequestError.of(code, message, status=status)


@dataclass(slots=True)
class Access:
    """The demands of one supergraph."""

    supergraph: Supergraph
    _demands: dict[tuple[str, str], frozenset[Requirement]] = field(default_factory=dict)

    def demands(self, document: DocumentNode) -> tuple[Requirement, ...]:
        """All that the document's fields demand, whatever their real types turn out to be; mostly nothing."""
        if not self.supergraph.annotations.guarded:
            return ()
        finder = _Finder(self, self.supergraph.api)
        visit(document, TypeInfoVisitor(finder.types, finder))
        return tuple(finder.found)

    def refused(self, demands: Iterable[Requirement], who: Identity) -> frozenset[Requirement]:
        """Those that the caller does not fulfil."""
        if who.anonymous:
            return frozenset(demands)
        granted = rights(who)
        return frozenset(demand for demand in demands if not fulfils(granted, demand))

    def authorize(
        self, selection: SelectionSet, type_name: str, refused: frozenset[Requirement], who: Identity
    ) -> SelectionSet:
        """The selection, with what the caller may not see marked by the code that says why."""
        return _Marking(self, refused, ErrorCode.UNAUTHENTICATED if who.anonymous else ErrorCode.FORBIDDEN).mark(
            selection, type_name
        )

    def refuse_null(self, marked: SelectionSet, root: str, who: Identity) -> None:
        """Raises RequestError for a denied field of a mutation that may not be null: all the others would be run for
        an answer without data."""
        for item in marked.items:
            if isinstance(item, Fragment):
                self.refuse_null(item.children, root, who)
            elif item.denied and isinstance(self.supergraph.types[root].fields[item.name].type, NonNullTypeNode):
                raise refusal(f"{root}.{item.name} may not be run by this caller, and so nothing was.", who)

    def of(self, type_name: str, field_name: str) -> frozenset[Requirement]:
        """What one field of this very type demands: by itself, by its type, and by the type that it answers."""
        known = self._demands.get((type_name, field_name))
        if known is None:
            known = self._demands[type_name, field_name] = self._find(type_name, field_name)
        return known

    def _find(self, type_name: str, field_name: str) -> frozenset[Requirement]:
        notes = self.supergraph.annotations
        type_ = self.supergraph.types[type_name]
        declared = type_.fields.get(field_name)
        if declared is None:
            return _NONE
        found = set(notes.required_of_types.get(type_name, _NONE))
        found |= notes.required_of_fields.get((type_name, field_name), _NONE)
        found |= notes.required_of_types.get(declared.named, _NONE)
        if type_.kind == "object":
            for name in set().union(*type_.implements.values()):
                # What an interface object adds to an interface, its implementations have from there.
                if any(join.interface_object for join in self.supergraph.types[name].joins.values()):
                    found |= notes.required_of_fields.get((name, field_name), _NONE)
        return frozenset(found)


@dataclass(slots=True)
class _Marking:
    access: Access
    refused: frozenset[Requirement]
    code: ErrorCode

    def mark(self, selection: SelectionSet, type_name: str) -> SelectionSet:
        items: list[Item] = []
        for item in selection.items:
            if isinstance(item, Fragment):
                items.append(Fragment(item.type, self.mark(item.children, item.type)))
            elif item.name.startswith("__"):
                items.append(item)
            else:
                items.extend(self._field(item, type_name))
        return SelectionSet(tuple(items))

    def _field(self, one: Field, type_name: str) -> Iterable[Item]:
        supergraph = self.access.supergraph
        if self._is_refused(type_name, one.name):
            yield self._denied(one)
            return
        if one.children is not None:
            named = supergraph.types[type_name].fields[one.name].named
            one = one.with_children(self.mark(one.children, named))
        if not supergraph.types[type_name].is_abstract:
            yield one
            return
        possible = supergraph.possible(None, type_name)
        denied = [name for name in possible if self._is_refused(name, one.name)]
        if not denied:
            yield one
            return
        for name in possible:
            yield Fragment(name, SelectionSet((self._denied(one) if name in denied else one,)))

    def _is_refused(self, type_name: str, field_name: str) -> bool:
        return not self.refused.isdisjoint(self.access.of(type_name, field_name))

    def _denied(self, one: Field) -> Field:
        return replace(one, children=None, denied=self.code.value)


class _Finder(AstVisitor):
    def __init__(self, access: Access, api: GraphQLSchema) -> None:
        super().__init__()
        self.types = TypeInfo(api)
        self.found: dict[Requirement, None] = {}
        self._access = access

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self.types.get_parent_type()
        supergraph = self._access.supergraph
        name = get_named_type(parent).name if parent is not None else ""
        if name not in supergraph.types or node.name.value.startswith("__"):
            return  # introspection
        for type_name in (name, *supergraph.possible(None, name)):
            for demand in self._access.of(type_name, node.name.value):
                self.found.setdefault(demand)
