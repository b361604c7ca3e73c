"""`python -m deploy.ready`: exit 0 when the process that has this environment says that it is ready. For health checks of containers."""

import os
import sys
import urllib.request

if __name__ == "__main__":
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{os.environ['METRICS_PORT']}/ready", timeout=3).close()
    except OSError as error:
        sys.exit(f"not ready: {error}")
