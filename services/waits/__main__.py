"""`python -m services.waits worker|web|migrate`."""

if __name__ == "__main__":  # processes beside the worker read this module again, and need none of this
    from services.waits.app import build
    from shared.runtime.service import run

    run("waits", build)
