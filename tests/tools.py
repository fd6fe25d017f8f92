"""What the stages of `tests/run` share: virtual environments, binaries, servers that come and go.

No stage's own checks live here.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The packages of the Lambda functions; their binaries have the same names.
FUNCTIONS = sorted(package.parent.name for package in ROOT.glob("functions/*/Cargo.toml"))

START_SECONDS = 60

# Tools from crates.io, where every stage finds them, and how they are built: soon rather than
# fast, which takes a third of the time.
CARGO_TOOLS = ROOT / "target" / "tools"
CARGO_TOOLS_BUILD = {
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "256",
    "CARGO_PROFILE_RELEASE_DEBUG": "0",
    "CARGO_PROFILE_RELEASE_LTO": "false",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
}

# Builds of the tests that are made again and again: less to write and to link, each time.
WITHOUT_DEBUG_INFO = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0"}

# Not through a proxy: what is asked stands on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def install(environment, requirements):
    """Brings a virtual environment to the state of its requirements.txt."""
    installed = environment / requirements.name
    if installed.exists() and installed.read_bytes() == requirements.read_bytes():
        return
    venv.create(environment, with_pip=True, clear=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", "-r", requirements], check=True)
    # Last: an installation that broke off is begun anew.
    shutil.copyfile(requirements, installed)


def cargo_tool(name, version):
    """The binary of a tool from crates.io in just this version."""
    folder = CARGO_TOOLS / f"{name}-{version}"
    binary = folder / "bin" / name
    if not binary.exists():
        install = ["cargo", "install", "--quiet", "--locked", "--root", folder]
        environment = {**os.environ, **CARGO_TOOLS_BUILD}
        subprocess.run([*install, name, "--version", version], check=True, env=environment)
    return binary


def build(*names, profile="dev"):
    """Builds binaries, with the features the tests were built with; answers their paths by name."""
    words = [word for name in names for word in ("--bin", name)]
    return executables(["--workspace", "--profile", profile, *words], ROOT)


def executables(words, directory):
    """The paths of the binaries that `cargo build` makes with these words, by name."""
    command = ["cargo", "build", "--locked", *words]
    command += ["--message-format", "json-render-diagnostics"]
    answer = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE)
    if answer.returncode != 0:
        sys.exit(f"`{' '.join(map(str, command))}` ended with {answer.returncode}")
    messages = map(json.loads, answer.stdout.splitlines())
    return {it["target"]["name"]: it["executable"] for it in messages if it.get("executable")}


@contextmanager
def process(command, said, **options):
    """A process that writes to the file `said` and is gone at the end."""
    with said.open("wb") as output:
        running = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait(running, said, ready):
    """Waits until `ready` answers something, and answers it."""
    deadline = time.monotonic() + START_SECONDS
    while not (answer := ready()):
        if time.monotonic() > deadline or running.poll() is not None:
            sys.exit(f"{running.args[0]} does not start:\n{said.read_text()}")
        time.sleep(0.05)
    return answer


def credentials(running, said):
    """The Tenant URL and the Secret Token that a server prints on its first start."""

    def printed():
        text = said.read_text()
        url = re.search(r"Tenant URL\s+(\S+)\s", text)
        token = re.search(r"Secret Token\s+(mst_\S+)\s", text)
        return (url[1], token[1]) if url and token else None

    return wait(running, said, printed)


@contextmanager
def services(binary, scratch):
    """The embedded table and the secret (tests/gateway/services.rs); the variables by which the
    functions find them."""
    said = Path(scratch, "services")
    with process([binary], said) as running:
        wait(running, said, lambda: "MUSTER_TABLE=" in said.read_text())
        yield dict(line.split("=", 1) for line in said.read_text().splitlines())


def answers(url):
    """Whether something answers there, whatever it answers."""
    try:
        OPENER.open(url, timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
