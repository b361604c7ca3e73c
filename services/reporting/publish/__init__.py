"""What `reporting` says: `cmh.return.changed.v1`, one version of a return each time it takes a step."""

from shared.events.returns import SOURCE, TOPIC

__all__ = ["SOURCE", "TOPIC"]
