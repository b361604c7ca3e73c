"""Structured logs: one JSON object a line on standard error. Never an event's content, never a message key."""

import logging
import sys

import structlog


def configure(service: str, level: str = "INFO") -> None:
    """Set up structlog and the standard library's logging for this process."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s", force=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # while a broker is down it writes 30 lines a second; our own loop tells once
    logging.getLogger("faststream").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line for each request, to the vault as well
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
