"""IAM actions, compared with botocore's descriptions of the services."""

from checks.aws._refusals import ACTIONS, PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_actions(actions: "Iterable[str]") -> list[str]:
    """Return those that are no operation of a service that botocore knows, sorted. Asks nobody."""
    from botocore.loaders import create_loader

    loader = create_loader()
    services = frozenset(loader.list_available_services("service-2"))
    special = frozenset(ACTIONS.values())
    operations: dict[str, frozenset[str]] = {}
    unknown = []
    for action in sorted(set(actions)):
        prefix, _, name = action.partition(":")
        if prefix not in operations:
            clients = {client for client, other in PREFIXES.items() if other == prefix} | {prefix}
            operations[prefix] = frozenset(
                operation
                for client in clients & services
                for operation in loader.load_service_model(client, "service-2")["operations"]
            )
        if action not in special and name not in operations[prefix]:
            unknown.append(action)
    return unknown
