"""What a reader of the files relies on: parameters, outputs, tags, samconfig.toml, workflows."""

import json
import re
import tomllib

import yaml
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from checks.common import EVERYTHING, ROOT, TEMPLATE, TEMPLATES, deployment, template
from deployment import load, values
from samcli.yamlhelper import yaml_dump, yaml_parse

OUTPUTS = {"ApiUrl", "ApiEndpoint", "TableName", "PepperSecretArn", "Region"}
REQUIREMENTS = ROOT / "tests" / "template" / "requirements.txt"
FOR_ONCE = {"DeploymentPreference", "RollBackOnAlarms", "Stopped"}
# It takes its tags from the body.
UNTAGGED = {"AWS::ApiGatewayV2::Api"}


def outputs_are_there():
    """every output that the tool reads exists whatever is chosen"""
    for parameters in ({}, EVERYTHING):
        for name in sorted(OUTPUTS - set(deployment(**parameters).outputs)):
            yield f"there is no {name}"


def parameters_are_described():
    """every parameter of every template is used, described, in a group, and has a valid default"""
    for path in TEMPLATES:
        written = load(path)
        rest = {k: v for k, v in written.items() if k not in ("Parameters", "Metadata")}
        text = json.dumps(rest)
        groups = written["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        shown = [name for group in groups for name in group["Parameters"]]
        for name, spec in written["Parameters"].items():
            where = f"{path.name}, {name}"
            if f'{{"Ref": "{name}"}}' not in text and f"${{{name}}}" not in text:
                yield f"{where} is not used"
            if not spec.get("Description"):
                yield f"{where} has no description"
            if shown.count(name) != 1:
                yield f"{where} is in {shown.count(name)} groups"
            if "Default" in spec:
                yield from (f"{where}: {why}" for why in misfits(spec, spec["Default"]))
            if "AllowedPattern" in spec and "ConstraintDescription" not in spec:
                yield f"{where} has no ConstraintDescription"


def misfits(spec, value):
    """Why CloudFormation would refuse a value."""
    value = str(value)
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], value):
        yield f"`{value}` does not match the pattern"
    if "AllowedValues" in spec and value not in map(str, spec["AllowedValues"]):
        yield f"`{value}` is not allowed"
    if spec["Type"] == "Number":
        if not spec.get("MinValue", 0) <= float(value) <= spec.get("MaxValue", float("inf")):
            yield f"`{value}` is out of range"
    if len(value) > spec.get("MaxLength", len(value)):
        yield f"`{value}` is too long"


def sam_writes_aliases_out():
    """what SAM uploads has none of YAML's aliases, which CloudFormation does not read"""
    written = yaml_dump(template())
    for event in yaml.parse(written):
        if isinstance(event, yaml.AliasEvent):
            yield f"*{event.anchor} in {event.start_mark}"
    if yaml_parse(written) != template():
        yield "it is another template"


def samconfig_fits():
    """samconfig.toml builds the template afresh and gives its parameters values they allow"""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    environments = {name for name, part in config.items() if isinstance(part, dict)}
    if environments != {"default", "dev", "prod"}:
        yield f"the environments are {sorted(environments)}"
    for name in environments:
        build = config[name]["build"]["parameters"]
        if ROOT / build["template_file"] != TEMPLATE or build["beta_features"] is not True:
            yield f"{name} builds with {build}"
        # SAM looks for changes in functions/ only.
        if build["cached"] or build["parallel"]:
            yield f"{name} would deploy stale builds: {build}"
        deploy = config[name]["deploy"]["parameters"]
        if "template_file" in deploy:
            yield f"{name} would deploy the template that was not built"
        overrides = dict(one.split("=", 1) for one in deploy.get("parameter_overrides", ()))
        try:
            values(template(), overrides)
        except KeyError as error:
            yield f"{name}: {error}"
            continue
        yield from (f"{name}: {why}" for why in disagreements(overrides))
        # What is not named stays as it was, also what was meant for one deployment.
        for parameter in sorted(FOR_ONCE - set(overrides)) if overrides else ():
            yield f"{name} does not say {parameter}"
        for parameter, value in {**EVERYTHING, **overrides}.items():
            for why in misfits(template()["Parameters"][parameter], value):
                yield f"{name}, {parameter}: {why}"


def disagreements(overrides):
    """What an environment says of its table in two ways."""
    table, stream = overrides.get("TableName"), overrides.get("TableStreamArn", "")
    if (overrides.get("CreateTable") == "false") != bool(stream):
        yield "CreateTable=false and TableStreamArn belong together"
    if stream and stream.split("/")[1] != table:
        yield f"TableName is {table}, and the stream {stream}"


def everything_is_tagged():
    """whatever takes tags carries `project` and `stage`"""
    for path in TEMPLATES:
        written = load(path)
        if path == TEMPLATE:
            resources = deployment(**EVERYTHING).resources
        else:
            resources = written["Resources"]
        for name, resource in resources.items():
            if resource["Type"] in UNTAGGED or not takes_tags(resource["Type"]):
                continue
            tags = resource["Properties"].get("Tags", {})
            keys = set(tags) if isinstance(tags, dict) else {tag["Key"] for tag in tags}
            if not keys >= {"project", "stage"}:
                yield f"{path.name}, {name} has tags {sorted(keys)}"
    body = deployment().properties("Api")["Body"]
    if not {tag["name"] for tag in body["tags"]} >= {"project", "stage"}:
        yield f"the API has tags {body['tags']}"


def takes_tags(kind):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return "Tags" in schema["properties"]


def workflows_are_pinned():
    """workflows name actions by commit, and hold no long-lived key"""
    found = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    if not found:
        yield "there are no workflows"
    for path in found:
        text = path.read_text()
        for action in re.findall(r"uses:\s*(\S+)", text):
            if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action):
                yield f"{path.name}: {action}"
        if re.search(r"aws-(access-key-id|secret-access-key)|secrets\.AWS", text):
            yield f"{path.name} has a long-lived key"
        for pin in re.findall(r"aws-sam-cli==[\d.]+", text):
            if pin not in REQUIREMENTS.read_text():
                yield f"{path.name} deploys with {pin}, which is not what is tested"
        if not re.search(r"^permissions:", text, re.MULTILINE):
            yield f"{path.name} takes the default permissions"


CHECKS = [
    outputs_are_there,
    parameters_are_described,
    sam_writes_aliases_out,
    samconfig_fits,
    everything_is_tagged,
    workflows_are_pinned,
]
