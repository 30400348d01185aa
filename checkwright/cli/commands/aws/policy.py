"""`checkctl aws policy ENV`: the IAM policy that the watches of an account need."""

from __future__ import annotations

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo


@click.command("policy")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--account", default="", metavar="NAME", help="Account of the environment. Default: the only one.")
@pass_workspace
def command(workspace: Workspace, environment: str, account: str) -> None:
    """Print the IAM policy, as JSON, that the watches of ENVIRONMENT need in an account.

    It allows the actions that the checks declare, on the resources that their options name, and nothing else. Attach it
    to the role or user that runs them. Watches that run on the machines use those machines' credentials and are left
    out.
    """
    from checks.aws._actions import unknown_actions
    from checkwright.aws.aws_watches import aws_watches
    from checkwright.aws.policy import LONGEST, length, policy
    from checkwright.cli.aws_selection import of_account
    from checkwright.registry.planning import judged

    with console.status(f"resolving {environment}"):
        watches = of_account(aws_watches(judged(str(workspace.project), environment)), environment, account)
    actions = {action: watch.entry.id for watch in watches for action in watch.check.needs()}
    if unknown := unknown_actions(actions):
        raise CannotDo(f"{actions[unknown[0]]} needs {unknown[0]}, which is no action that botocore knows.")
    document = policy(watches)
    console.print_json(document)
    if (size := length(document)) > LONGEST:
        console.note(f"the policy has {size} characters, and a managed policy takes {LONGEST}: split it in two")
