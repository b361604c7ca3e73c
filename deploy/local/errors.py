"""The one error of the local stack. Standard library only: `prerequisites` runs before anything is installed."""


class StackError(Exception):
    """The stack cannot do what was asked; the message is one line that names the remedy."""
