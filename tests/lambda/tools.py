"""The Python tools of the stages that build or run the functions: cargo-lambda and SAM, each in a
virtual environment below the project root, brought to the state of its requirements.txt."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# cargo-lambda and moto here; SAM as the template's checks have it.
ENVIRONMENTS = {
    ROOT / ".venv-lambda": ROOT / "tests" / "lambda" / "requirements.txt",
    ROOT / ".venv-template": ROOT / "tests" / "template" / "requirements.txt",
}


def environment(**variables):
    """This process's environment, with the tools on the path."""
    for folder, requirements in ENVIRONMENTS.items():
        install(folder, requirements)
    folders = [str(folder / "bin") for folder in ENVIRONMENTS]
    path = os.pathsep.join([*folders, os.environ["PATH"]])
    return {**os.environ, **variables, "PATH": path}


def install(folder, requirements):
    installed = folder / requirements.name
    if installed.exists() and installed.read_bytes() == requirements.read_bytes():
        return
    venv.create(folder, with_pip=True, clear=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", "-r", requirements], check=True)
    # Last: an installation that broke off is begun anew.
    shutil.copyfile(requirements, installed)
