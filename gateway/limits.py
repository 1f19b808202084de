"""How large an operation may be, looked at before anything costly is done with it."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from gateway.errors import RequestError
from gateway.settings import Limits
from services.kit.codes import ErrorCode
from services.kit.size import Sizes


def check(document: DocumentNode, limits: Limits) -> None:
    """Raises RequestError naming the limit."""
    sizes = Sizes.of_document(document)
    repeated = 0
    for node in document.definitions:
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            size = sizes.of(node.selection_set)
            _refuse("aliases", size.aliases, limits.aliases)
            _refuse("depth", size.depth, limits.depth)
            _refuse("directives", size.directives + len(node.directives or ()), limits.directives)
            if isinstance(node, OperationDefinitionNode):
                _refuse("root fields", size.width, limits.root_fields)
            repeated = max(repeated, size.repeated)
    _refuse("repetitions of one field", repeated, limits.repeated_fields)


def _refuse(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise RequestError.of(
            ErrorCode.OPERATION_TOO_EXPENSIVE, f"The operation has {found} {what}; the limit is {limit}."
        )
