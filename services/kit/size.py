"""How large a GraphQL document is, counted without unfolding it: for the gateway's limits and for the subgraphs'.

The rule of counting is one. The bounds are two, and so is what stands outside of them: the gateway bounds what clients
write, introspection too, before it validates (so fragments may spread each other in circles); a subgraph bounds what the
gateway writes, which asks for several clients at once and adds a `__typename` to every selection.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

# A few fragments that spread each other can unfold to more than may be counted.
_CEILING = 1_000_000


@dataclass(slots=True)
class Size:
    """Of one selection with its fragments unfolded. `width`: its own fields; the others count everything below too.

    `selections`: fields and fragments alike, which is what whoever unfolds them has to walk.
    """

    depth: int = 0
    width: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    selections: int = 0

    def add(self, other: "Size") -> None:
        """All but depth and width, up to the ceiling."""
        self.fields = min(self.fields + other.fields, _CEILING)
        self.aliases = min(self.aliases + other.aliases, _CEILING)
        self.directives = min(self.directives + other.directives, _CEILING)
        self.selections = min(self.selections + other.selections, _CEILING)


@dataclass(slots=True)
class Sizes:
    """Counts the selections of one document; each fragment once, however often it is spread. A circle counts as nothing."""

    fragments: Mapping[str, FragmentDefinitionNode]
    introspection: bool = True
    _known: dict[str, Size] = field(default_factory=dict)

    @classmethod
    def of_document(cls, document: DocumentNode, *, introspection: bool = True) -> "Sizes":
        """`introspection`: whether fields named `__…`, and what is below them, count."""
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        return cls(fragments, introspection)

    def of(self, selection: SelectionSetNode) -> Size:
        """As it is written: what is asked for twice counts twice."""
        size = Size()
        for node in selection.selections:
            if isinstance(node, FieldNode):
                if not self.introspection and node.name.value.startswith("__"):
                    continue
                below = self.of(node.selection_set) if node.selection_set else Size()
                size.depth = max(size.depth, below.depth + 1)
                size.width += 1
                size.fields += 1
                size.aliases += node.alias is not None
            else:
                if isinstance(node, FragmentSpreadNode):
                    below = self._fragment(node.name.value)
                else:
                    assert isinstance(node, InlineFragmentNode)
                    below = self.of(node.selection_set)
                size.depth = max(size.depth, below.depth)
                size.width = min(size.width + below.width, _CEILING)
            size.selections += 1
            size.directives += len(node.directives or ())
            size.add(below)
        return size

    def merged(self, selection: SelectionSetNode) -> Size:
        """As it is answered: the fields of one place that have one key are one, wherever they were written.

        Walks everything that `of` counts as `selections`, so that is to be bounded first. A fragment counts once at a place.
        """
        return self._merged([selection])

    def _merged(self, places: Iterable[SelectionSetNode]) -> Size:
        size = Size()
        groups: dict[str, list[SelectionSetNode]] = {}
        for node in self._fields(places, size, set()):
            key = node.alias.value if node.alias else node.name.value
            if key not in groups:
                groups[key] = []
                size.fields += 1
                size.aliases += node.alias is not None
            if node.selection_set:
                groups[key].append(node.selection_set)
        size.width = len(groups)
        for below in (self._merged(group) if group else Size() for group in groups.values()):
            size.depth = max(size.depth, below.depth + 1)
            size.add(below)
        return size

    def _fields(self, places: Iterable[SelectionSetNode], size: Size, spread: set[str]) -> Iterator[FieldNode]:
        """Those of one place; what is met on the way is counted into `size`."""
        for place in places:
            for node in place.selections:
                size.selections += 1
                size.directives += len(node.directives or ())
                if isinstance(node, FieldNode):
                    if self.introspection or not node.name.value.startswith("__"):
                        yield node
                elif isinstance(node, InlineFragmentNode):
                    yield from self._fields((node.selection_set,), size, spread)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    if definition := self.fragments.get(node.name.value):
                        size.directives += len(definition.directives or ())
                        yield from self._fields((definition.selection_set,), size, spread)

    def _fragment(self, name: str) -> Size:
        known = self._known.get(name)
        if known is None:
            self._known[name] = Size()  # met again while it is counted: a circle
            definition = self.fragments.get(name)
            known = self._known[name] = self.of(definition.selection_set) if definition else Size()
        return known
