"""The functions: how they are built, what they may do, when they change."""

import json
import re

from checks.common import (
    DOMAIN,
    EVERYTHING,
    KEY,
    SECRET,
    STREAM,
    deployment,
    functions,
    listed,
    statements,
    template,
)

FUNCTIONS = {"users", "groups", "search", "bulk", "discovery", "admin", "worker"}
# What the stream sends to is in nobody's way: it may take longer than a request.
BEHIND_THE_STREAM = {"worker"}
CONCURRENCY = "ReservedConcurrentExecutions"
# Ways to deploy, between which a deployment may be moved: some change the functions, some do not,
# and some say the same in another way.
SETTINGS = [
    {},
    {"TableName": "other"},
    {"CreateTable": "false", "TableStreamArn": STREAM},
    {"TableName": "restored", "CreateTable": "false", "TableStreamArn": STREAM},
    {"PepperSecretArn": SECRET},
    {"PublicUrl": "https://scim.example.org"},
    {"MemorySize": "1024"},
    {"LogLevel": "DEBUG"},
    {"Tracing": "Active"},
    DOMAIN,
    {**DOMAIN, "PublicUrl": f"https://{DOMAIN['DomainName']}"},
    {"PublicUrl": f"https://{DOMAIN['DomainName']}"},
    {"Alarms": "false"},
    {"Stage": "test"},
    {"AlarmEmail": "ops@example.com"},
    {"KmsKeyArn": KEY},
    {"ReservedConcurrency": "10"},
    {"Stopped": "true"},
    {"RollBackOnAlarms": "false"},
]


def functions_are_as_designed():
    """every function is built from functions/NAME for arm64, with alias, log and role of its own"""
    deployed = deployment()
    found = functions(deployed)
    if set(found) != FUNCTIONS:
        yield f"the functions are {sorted(found)}"
    aliases = deployed.of_type("AWS::Lambda::Alias").values()
    aliased = {alias["Properties"]["FunctionName"] for alias in aliases}
    for binary, (name, properties) in found.items():
        written = template()["Resources"][name]
        if written["Properties"]["CodeUri"] != f"../functions/{binary}":
            yield f"{name} is built from {written['Properties']['CodeUri']}"
        if written["Metadata"]["BuildMethod"] != "rust-cargolambda":
            yield f"{name} is not built by cargo-lambda"
        if properties["Architectures"] != ["arm64"] or properties["Runtime"] != "provided.al2023":
            yield f"{name} is for {properties['Architectures']}, {properties['Runtime']}"
        if f"<{name}>" not in aliased:
            yield f"{name} has no alias"
        if CONCURRENCY in properties:
            yield f"{name} reserves concurrency by default"
        logs = properties["LoggingConfig"]
        own = f"<{name.removesuffix('Function')}Logs>"
        if logs["LogFormat"] != "JSON" or logs["LogGroup"] != own:
            yield f"{name} logs {logs}"
        variables = properties["Environment"]["Variables"]
        if binary in BEHIND_THE_STREAM:
            continue
        budget = int(variables["MUSTER_TIME_BUDGET_SECONDS"])
        if not budget + 2 <= properties["Timeout"] < 30:
            yield f"{name} has {properties['Timeout']} s, a budget of {budget} s, the gateway 30 s"
    roles = [properties["Role"] for _, properties in found.values()]
    if len(set(roles)) != len(roles):
        yield "two functions share a role"


def policies_are_narrow():
    """no role of a function has a wildcard action or resource, or more than its own log"""
    for parameters in ({}, EVERYTHING):
        deployed = deployment(**parameters)
        for _, properties in functions(deployed).values():
            role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
            if deployed.properties(role).get("ManagedPolicyArns"):
                yield f"{role} has managed policies"
            # IAM: the inline policies of a role may have 10,240 characters without blanks.
            size = len(re.sub(r"\s", "", json.dumps(deployed.properties(role)["Policies"])))
            if size > 10_240:
                yield f"{role} has policies of {size} characters"
            logs = properties["LoggingConfig"]["LogGroup"].strip("<>")
            sids = set()
            for statement in statements(deployed, role):
                sid = statement.get("Sid")
                if not sid or sid in sids or statement["Effect"] != "Allow":
                    yield f"{role}: a statement without a name of its own: {statement}"
                sids.add(sid)
                actions = listed(statement["Action"])
                resources = listed(statement["Resource"])
                if any("*" in action for action in actions):
                    yield f"{role}, {sid}: {actions}"
                # AWS: X-Ray has no resources.
                traces = all(action.startswith("xray:Put") for action in actions)
                # The streams of the table, one at a time.
                wild = [it.removesuffix("/stream/*") for it in resources]
                if any("*" in resource for resource in wild) and not traces:
                    yield f"{role}, {sid}: {resources}"
                if any(a.startswith("logs:") for a in actions) and resources != [f"<{logs}.Arn>"]:
                    yield f"{role}, {sid}: {resources}"


def roles_are_whole():
    """what a function may do is in its role when the function is made, tracing and key too"""
    for parameters in ({}, {"Tracing": "Active"}, {"KmsKeyArn": KEY}):
        deployed = deployment(**parameters)
        for name, properties in functions(deployed).values():
            role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
            inline = deployed.properties(role)["Policies"]
            own = [it for policy in inline for it in policy["PolicyDocument"]["Statement"]]
            # What is attached from beside comes when it comes. Lambda makes no function that traces
            # with a role that may not.
            for statement in statements(deployed, role):
                if statement not in own:
                    yield f"{role} waits for {statement['Sid']}"
            actions = {action for it in own for action in listed(it["Action"])}
            if ("xray:PutTraceSegments" in actions) != (parameters.get("Tracing") == "Active"):
                yield f"{parameters}: {role} may trace, or should"
            if ("kms:Decrypt" in actions) != ("KmsKeyArn" in parameters):
                yield f"{parameters}: {role} may use the key, or should"
            if role not in deployed.needs(name):
                yield f"{name} does not wait for {role}"


def partitions_are_fenced():
    """every DynamoDB statement is bound to leading keys, and refuses what has none"""
    deployed = deployment()
    for _, properties in functions(deployed).values():
        role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
        for statement in statements(deployed, role):
            if not any(a.startswith("dynamodb:") for a in listed(statement["Action"])):
                continue
            # A stream has no partitions to choose from.
            if statement["Resource"].endswith("/stream/*"):
                continue
            condition = statement.get("Condition", {})
            keys = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            guard = condition.get("Null", {}).get("dynamodb:LeadingKeys")
            if guard != "false" or not keys:
                yield f"{role}, {statement['Sid']}: {condition}"
            for key in keys:
                if key != "REALMS" and not re.fullmatch(r"R#\*#(?!\*)[A-Z]+(#\*)?", key):
                    yield f"{role}, {statement['Sid']}: `{key}` is no kind of the table"
            if "dynamodb:Scan" in statement["Action"]:
                yield f"{role}, {statement['Sid']}: {statement['Action']}"


def a_changed_parameter_is_deployed():
    """from any settings to any others, functions that change have new versions, and no others"""
    known = [(settings, published(deployment(**settings))) for settings in SETTINGS]
    for before, old in known:
        for after, new in known:
            for name in old:
                (version, function), (next_version, next_function) = old[name], new[name]
                if function != next_function and version == next_version:
                    yield f"{before} → {after}: no version of {name}, whose alias stays as it is"
                if function == next_function and version != next_version:
                    yield f"{before} → {after}: Lambda refuses a version of {name} as unchanged"


def all_can_be_stopped():
    """Stopped=true leaves no function an instance, and changes nothing else"""
    for usual, instances in ({}, None), ({"ReservedConcurrency": "10"}, "10"):
        running, stopped = deployment(**usual), deployment(**usual, Stopped="true")
        for name, resource in stopped.resources.items():
            before = running.resources.get(name, {"Properties": {}})
            had = before["Properties"].get(CONCURRENCY)
            if resource["Type"] != "AWS::Lambda::Function":
                if resource != before:
                    yield f"{name} is another"
            elif (had, resource["Properties"].get(CONCURRENCY)) != (instances, 0):
                yield f"{name} has {had}, then {resource['Properties'].get(CONCURRENCY)}"
            elif without(resource["Properties"]) != without(before["Properties"]):
                yield f"{name} is another"


def without(properties):
    return {k: v for k, v in properties.items() if k != CONCURRENCY}


def published(deployed):
    """Of each function the version that would be published, and what Lambda would find in it."""
    found = {}
    for version, resource in deployed.of_type("AWS::Lambda::Version").items():
        name = resource["Properties"]["FunctionName"].strip("<>")
        # They are the function's, not a version's.
        left = {CONCURRENCY, "Tags"}
        properties = {k: v for k, v in deployed.properties(name).items() if k not in left}
        found[name] = (version, properties)
    return found


CHECKS = [
    functions_are_as_designed,
    policies_are_narrow,
    roles_are_whole,
    partitions_are_fenced,
    a_changed_parameter_is_deployed,
    all_can_be_stopped,
]
