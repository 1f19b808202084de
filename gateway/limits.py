"""How large an operation may be, looked at before anything costly is done with it."""

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, OperationType

from gateway.errors import RequestError
from gateway.settings import Limits
from services.kit.codes import ErrorCode
from services.kit.size import Size, Sizes


def check_written(document: DocumentNode, limits: Limits) -> None:
    """What bounds the work of validating and of walking through an operation with its fragments unfolded.

    Raises RequestError naming the limit.
    """
    sizes = Sizes.of_document(document)
    unfolded = Size()
    try:
        for node in document.definitions:
            if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
                size = sizes.of(node.selection_set)
                _refuse("depth", size.depth, limits.depth)
                _refuse("directives", size.directives + len(node.directives or ()), limits.directives)
                if isinstance(node, OperationDefinitionNode):
                    unfolded.add(size)
                else:
                    _refuse("selections", size.selections, limits.selections)
    except RecursionError as error:
        raise too_deep() from error
    _refuse("selections", unfolded.selections, limits.selections)


def check_merged(document: DocumentNode, limits: Limits) -> None:
    """What is asked for: of a valid document, for fields are counted as they are answered. Raises RequestError naming the limit."""
    sizes = Sizes.of_document(document)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            size = sizes.merged(node.selection_set)
            _refuse("aliases", size.aliases, limits.aliases)
            _refuse("root fields", size.width, limits.root_fields)
            if node.operation is OperationType.MUTATION:
                _refuse("mutations", size.width, limits.root_mutations)


def too_deep() -> RequestError:
    return RequestError.of(ErrorCode.OPERATION_TOO_EXPENSIVE, "The document is nested too deeply.")


def _refuse(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise RequestError.of(
            ErrorCode.OPERATION_TOO_EXPENSIVE, f"The operation has {found} {what}; the limit is {limit}."
        )
