"""`make asyncapi`: the AsyncAPI Initiative's own parser on docs/asyncapi.json. Exit 1 with its complaints.

Fetched by npm and held to its hash; it runs in the Node that Playwright brings. Warnings count; hints and news do not.
"""

import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright._impl._driver import compute_driver_executable

PACKAGE = "@asyncapi/parser@3.6.3"
SHA_512 = "3140bcc4850c712daa36faabab2c7f89ed2dc6edddfce748b2b5eced40b36b077247a3f4ee0877e43a4ea8fcffcf9eecd54037bc4455a5c85e65897787c715b7"
BUNDLE = "package/browser/index.js"
WARNING = 1
SCRIPT = """
globalThis.self = globalThis.window = globalThis
const Parser = require(process.argv[2])
new Parser().parse(require("fs").readFileSync(process.argv[3], "utf8")).then(({document, diagnostics}) => {
  const found = diagnostics.filter(one => one.severity <= Number(process.argv[4]))
  for (const one of found) console.log(`${one.path.join("/")}: ${one.message}`)
  if (!document || found.length) process.exit(1)
})
"""


def main(document: Path) -> int:
    """0 when the parser has nothing against the document."""
    with TemporaryDirectory(prefix="clockstop-asyncapi-") as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        if hashlib.sha512(archive.read_bytes()).hexdigest() != SHA_512:
            print(f"{PACKAGE} is not the one that was looked at: its SHA-512 differs", file=sys.stderr)
            return 1
        with tarfile.open(archive) as packed:
            packed.extract(BUNDLE, folder, filter="data")
        script = Path(folder, "parse.js")
        script.write_text(SCRIPT, "utf-8")
        node = compute_driver_executable()[0]
        done = subprocess.run([node, script, Path(folder, BUNDLE), document, str(WARNING)], check=False)
    if done.returncode == 0:
        print(f"{document}: {PACKAGE} has nothing against it")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
