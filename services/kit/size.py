"""How large a GraphQL document is, counted without unfolding it: for the gateway's limits and for the subgraphs'.

The rule of counting is one. The bounds are two, and so is what stands outside of them: the gateway bounds what clients
write, introspection and repetitions too, before it validates (so fragments may spread each other in circles); a subgraph
bounds what the gateway writes, which asks for several clients at once and adds a `__typename` to every selection.
"""

from collections import Counter
from collections.abc import Mapping
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

    `repeated`: how often one key, or one spread, stands in the same selection.
    """

    depth: int = 0
    width: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeated: int = 0


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
        size = Size()
        keys: Counter[str] = Counter()
        for node in selection.selections:
            size.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                if not self.introspection and node.name.value.startswith("__"):
                    continue
                keys[node.alias.value if node.alias else node.name.value] += 1
                below = self.of(node.selection_set) if node.selection_set else Size()
                size.depth = max(size.depth, below.depth + 1)
                size.width += 1
                size.fields += 1
                size.aliases += node.alias is not None
            else:
                if isinstance(node, FragmentSpreadNode):
                    keys[f"...{node.name.value}"] += 1
                    below = self._fragment(node.name.value)
                else:
                    assert isinstance(node, InlineFragmentNode)
                    below = self.of(node.selection_set)
                size.depth = max(size.depth, below.depth)
                size.width += below.width
            size.fields += below.fields
            size.aliases += below.aliases
            size.directives += below.directives
            size.repeated = max(size.repeated, below.repeated)
        size.width = min(size.width, _CEILING)
        size.fields = min(size.fields, _CEILING)
        size.aliases = min(size.aliases, _CEILING)
        size.directives = min(size.directives, _CEILING)
        size.repeated = max(size.repeated, max(keys.values(), default=0))
        return size

    def _fragment(self, name: str) -> Size:
        known = self._known.get(name)
        if known is None:
            self._known[name] = Size()  # met again while it is counted: a circle
            definition = self.fragments.get(name)
            known = self._known[name] = self.of(definition.selection_set) if definition else Size()
        return known
