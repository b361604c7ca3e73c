"""The one error of the local stack. Standard library only: `prerequisites` runs before anything is installed."""

from shared.runtime.errors import CommandError


class StackError(CommandError):
    """The stack cannot do what was asked; the message is one line that names the remedy."""
