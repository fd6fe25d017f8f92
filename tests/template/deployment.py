"""What AWS would make of a template: SAM's own transformation, then CloudFormation's functions
evaluated for given parameters. Nothing here judges."""

import copy
import json
import logging
import os
import re

import yaml
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "trial",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


def load(path):
    """The template as it is written, its tags as the functions they stand for."""
    return yaml_parse(path.read_text())


def transform(template, parameters=()):
    """What SAM makes of it, with these parameters instead of the defaults."""
    template = copy.deepcopy(template)
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            # What `sam package` writes there.
            resource["Properties"]["CodeUri"] = f"s3://builds/{name}"
    # SAM asks boto3 for the region; no request is made, and no managed policy is looked up.
    os.environ.setdefault("AWS_DEFAULT_REGION", PSEUDO["AWS::Region"])
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    return translator.translate(template, values(template, parameters))


def values(template, parameters=()):
    """The value of each parameter, as a string, as CloudFormation hands them on; among the
    parameters may be one of PSEUDO, such as a longer name of the stack."""
    given = dict(parameters)
    unknown = set(given) - set(template["Parameters"]) - set(PSEUDO)
    if unknown:
        raise KeyError(f"no such parameters: {sorted(unknown)}")
    defaults = {name: spec.get("Default") for name, spec in template["Parameters"].items()}
    return {**PSEUDO, **{k: str(v) for k, v in defaults.items() if v is not None}, **given}


class Deployment:
    """A transformed template with its functions evaluated: what is conditional and absent is gone.
    A reference to a resource reads `<Name>`, to an attribute of it `<Name.Attribute>`."""

    def __init__(self, template, parameters=()):
        self._template = transform(template, parameters)
        self._values = values(template, parameters)
        self.resources = self._present(self._template["Resources"])
        self.outputs = self._present(self._template["Outputs"])

    def of_type(self, kind):
        return {k: v for k, v in self.resources.items() if v["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def needs(self, name):
        """What there must be before a resource, also in turn: named by it, or in its DependsOn."""
        found, open_ends = set(), [name]
        while open_ends:
            for other in self._named_by(open_ends.pop()) - found:
                found.add(other)
                open_ends.append(other)
        return found

    def _named_by(self, name):
        resource = self.resources[name]
        after = resource.get("DependsOn", ())
        named = {after} if isinstance(after, str) else set(after)
        # The whole of it: an alias names what moves it beside its properties.
        named |= set(re.findall(r"<(\w+)(?:\.[\w.]+)?>", json.dumps(resource)))
        # Of what a condition leaves out nothing is awaited.
        return named & set(self.resources)

    def _present(self, section):
        present = {}
        for name, part in section.items():
            if "Condition" not in part or self._condition(part["Condition"]):
                present[name] = self.evaluate(part)
        return present

    def _condition(self, name):
        return self._test(self._template["Conditions"][name])

    def _test(self, node):
        ((function, given),) = node.items()
        match function:
            case "Condition":
                return self._condition(given)
            case "Fn::Equals":
                left, right = (str(self.evaluate(side)) for side in given)
                return left == right
            case "Fn::Not":
                return not self._test(given[0])
            case "Fn::And":
                return all(self._test(part) for part in given)
            case "Fn::Or":
                return any(self._test(part) for part in given)
        raise ValueError(f"`{function}` in a condition is not known here")

    def evaluate(self, node):
        if isinstance(node, list):
            parts = (self.evaluate(part) for part in node)
            return [part for part in parts if part is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, given),) = node.items()
            match function:
                case "Ref":
                    return self._reference(given)
                case "Fn::GetAtt":
                    return f"<{given if isinstance(given, str) else '.'.join(given)}>"
                case "Fn::If":
                    condition, then, otherwise = given
                    return self.evaluate(then if self._condition(condition) else otherwise)
                case "Fn::Sub":
                    return self._substitute(given)
                case "Fn::Join":
                    return given[0].join(self.evaluate(given[1]))
                case "Fn::Split":
                    return self.evaluate(given[1]).split(given[0])
                case "Fn::Select":
                    return self.evaluate(given[1])[int(given[0])]
            if function.startswith("Fn::"):
                raise ValueError(f"`{function}` is not known here")
        parts = {key: self.evaluate(part) for key, part in node.items()}
        return {key: part for key, part in parts.items() if part is not NO_VALUE}

    def _reference(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._values.get(name, f"<{name}>")

    def _substitute(self, given):
        text, names = given if isinstance(given, list) else (given, {})

        def value(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            return str(self.evaluate(names[name]) if name in names else self._reference(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)


def comments_above(path, key):
    """The items of a YAML list below `key`, each with the comment that stands directly above it."""
    found, comment = {}, []
    lines = path.read_text().splitlines()
    for line in lines[lines.index(f"{key}:") + 1 :]:
        text = line.strip()
        if text.startswith("#"):
            comment.append(text)
        elif text.startswith("- "):
            found[yaml.safe_load(text[2:])] = " ".join(comment)
            comment = []
    return found
