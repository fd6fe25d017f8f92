"""What README tells an operator to write: parameters, and commands of the AWS CLI."""

import re

import botocore.session
from botocore import xform_name
from checks.common import ROOT, TEMPLATES, deployment
from checks.files import misfits
from deployment import load

README = (ROOT / "README.md").read_text()
# The CLI's own.
ANYWHERE = {"output", "query", "region"}
# Services that the CLI calls otherwise.
CALLED = {"deploy": "codedeploy"}


def parameters_are_there():
    """README's parameters and outputs are the templates' own, with values that they allow"""
    known = {}
    for path in TEMPLATES:
        known.update(load(path)["Parameters"])
    known.update(load(ROOT / "infra" / "template.yaml")["Parameters"])
    named = re.findall(r"`([A-Z][a-z]\w+)=([^`\s…]*)", README)
    for parameter, value in named:
        if parameter not in known:
            yield f"there is no parameter {parameter}"
        elif value:
            yield from (f"{parameter}: {why}" for why in misfits(known[parameter], value))
    for output in re.findall(r"\boutput\s`(\w+)`", README):
        if output not in deployment().outputs:
            yield f"there is no output {output}"
    if len(named) < 8:
        yield f"only {len(named)} parameters"


def commands_are_the_clis():
    """README's commands of the AWS CLI are operations of AWS, with what they ask for and no more"""
    session = botocore.session.get_session()
    found = list(commands())
    for service, name, options in found:
        model = session.get_service_model(CALLED.get(service, service))
        operations = {xform_name(it, "-"): it for it in model.operation_names}
        if name not in operations:
            yield f"aws {service} has no {name}"
            continue
        shape = model.operation_model(operations[name]).input_shape
        takes = {xform_name(it, "-") for it in shape.members}
        given = {it if it in takes else it.removeprefix("no-") for it in options} - ANYWHERE
        needs = {xform_name(it, "-") for it in shape.required_members}
        for option in sorted(given - takes):
            yield f"aws {service} {name} takes no --{option}"
        for option in sorted(needs - given):
            yield f"aws {service} {name} wants --{option}"
    if len(found) < 15:
        yield f"only {len(found)} commands"


def commands():
    """(service, operation, options) of each `aws …` in README."""
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```$", README, re.M | re.S)
    # Prose is wrapped, a script's line goes on where a backslash says so.
    prose = re.sub(r"^ *```\w*\n.*?^ *```$", "", README, flags=re.M | re.S)
    texts = [re.sub(r"\\\n\s*", " ", block) for block in fenced]
    texts += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    for text in texts:
        for service, name, rest in re.findall(r"\baws ([a-z]+) ([a-z-]+)([^|\n]*)", text):
            yield service, name, re.findall(r"(?<=\s)--([a-z-]+)", rest)


CHECKS = [
    parameters_are_there,
    commands_are_the_clis,
]
