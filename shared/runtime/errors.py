"""The one error of the command line. Standard library only: it is needed before anything is installed."""


class CommandError(Exception):
    """A command cannot do what was asked; the message is one line that names what is wrong and the remedy."""
