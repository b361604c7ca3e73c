"""Free ports of the loopback interface."""

import random
import socket

from deploy.local.errors import StackError

LOOPBACK = "127.0.0.1"
BELOW_EPHEMERAL = range(15_000, 30_000)
"""Linux gives outgoing connections ports from 32768 up. A client that keeps trying to reach a killed server on such a port would
one day be given that very port, connect to itself, and keep the server from coming back."""


_CANDIDATES = iter(random.SystemRandom().sample(BELOW_EPHEMERAL, len(BELOW_EPHEMERAL)))
"""Each is handed out once in a process: a port stays free until its server has started, and a second call must not get it."""


def free_port() -> int:
    """A port that nothing listens on now."""
    for port in _CANDIDATES:
        if is_free(port):
            return port
    raise StackError("no free port between 15000 and 29999: stop some servers")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
