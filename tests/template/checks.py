"""What must hold of what would be deployed, beyond what linters know. A check is a function whose
docstring is its sentence; it yields what contradicts it."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from deployment import Deployment, load, values

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = ROOT / "infra" / "template.yaml"
TEMPLATES = sorted((ROOT / "infra").glob("*.yaml"))

FUNCTIONS = {"users", "groups", "search", "discovery", "admin"}
OUTPUTS = {"ApiUrl", "ApiEndpoint", "TableName", "PepperSecretArn", "Region"}
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a0a"
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:other-AbCdEf"
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/0b0b"
DOMAIN = {"DomainName": "scim.example.com", "CertificateArn": CERTIFICATE}
EVERYTHING = {
    **DOMAIN,
    "AlarmEmail": "ops@example.com",
    "HostedZoneId": "Z0123456789",
    "KmsKeyArn": KEY,
    "PepperReplicaRegion": "eu-west-1",
    "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limits",
    "PublicUrl": "https://scim.example.org/muster",
    "ReservedConcurrency": "10",
    "Tracing": "Active",
    "TruststoreUri": "s3://trust/ca.pem",
}
# Each changes what the functions do, and must reach the alias that serves.
OF_FUNCTIONS = {
    "TableName": "restored",
    "PepperSecretArn": SECRET,
    "PublicUrl": "https://scim.example.org",
    "MemorySize": "1024",
    "LogLevel": "DEBUG",
    "Tracing": "Active",
}
# What SAM and CloudFormation make without asking, or what takes tags only from its parent.
UNTAGGED = {"AWS::ApiGatewayV2::Api"}


@cache
def template():
    return load(TEMPLATE)


@cache
def deployment(**parameters):
    return Deployment(template(), parameters)


def functions(deployed):
    """The functions by what they are called in functions/."""
    found = {}
    for name, resource in deployed.of_type("AWS::Lambda::Function").items():
        found[resource["Metadata"]["BuildProperties"]["Binary"]] = (name, resource["Properties"])
    return found


def routes(deployed):
    """(method, path) and the operation of each route, `$default` too."""
    body = deployed.properties("Api")["Body"]
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def statements(deployed, role):
    """The statements of the policies of a role, attached from anywhere."""
    properties = deployed.properties(role)
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
    for policy in deployed.of_type("AWS::IAM::ManagedPolicy").values():
        if f"<{role}>" in policy["Properties"].get("Roles", ()):
            documents.append(policy["Properties"]["PolicyDocument"])
    for document in documents:
        yield from document["Statement"]


def listed(value):
    return value if isinstance(value, list) else [value]


def sam_can_transform_it():
    """SAM can transform the template, with defaults and with every option"""
    for parameters in ({}, EVERYTHING):
        try:
            deployment(**parameters)
        except Exception as error:  # noqa: BLE001: whatever SAM says is the complaint
            yield f"{error}"


def every_route_is_served():
    """every route leads to the alias `live` of a function, by version 2.0 events"""
    deployed = deployment()
    aliases = deployed.of_type("AWS::Lambda::Alias")
    served = 0
    for method, path, operation in routes(deployed):
        integration = operation.get("x-amazon-apigateway-integration", {})
        alias = re.search(r"/functions/<(\w+)>/", integration.get("uri", ""))
        if not alias or deployed.properties(alias[1])["Name"] != "live" or alias[1] not in aliases:
            yield f"{method} {path} leads to no alias"
        if integration.get("payloadFormatVersion") != "2.0":
            yield f"{method} {path} does not send version 2.0 events"
        served += 1
    if served < 40:
        yield f"only {served} routes"


def methods_are_spelt_out():
    """only $default takes any method, it leads to discovery, and GET has HEAD beside it"""
    all_routes = list(routes(deployment()))
    known = {(method, path) for method, path, _ in all_routes}
    for method, path, operation in all_routes:
        is_default = path == "/$default"
        if (method == "X-AMAZON-APIGATEWAY-ANY-METHOD") != is_default:
            yield f"{method} {path}"
        if is_default and "<DiscoveryFunction" not in json.dumps(operation):
            yield "$default does not lead to discovery"
        if method == "GET" and ("HEAD", path) not in known:
            yield f"no HEAD {path}"
    if ("X-AMAZON-APIGATEWAY-ANY-METHOD", "/$default") not in known:
        yield "there is no $default"


def administration_is_signed():
    """every admin route carries AWS_IAM, and no other route an authorizer"""
    deployed = deployment()
    schemes = deployed.properties("Api")["Body"]["components"]["securitySchemes"]
    if schemes.get("AWS_IAM", {}).get("x-amazon-apigateway-authtype") != "awsSigv4":
        yield "AWS_IAM is not SigV4"
    admin = 0
    for method, path, operation in routes(deployed):
        security = operation.get("security", [])
        is_admin = path.startswith("/admin/")
        admin += is_admin
        if security != ([{"AWS_IAM": []}] if is_admin else []):
            yield f"{method} {path} has security {security}"
        to_admin = "<AdminFunction" in json.dumps(operation)
        if to_admin != is_admin:
            yield f"{method} {path}: the function admin serves administration and nothing else"
    if not admin:
        yield "there is no admin route"


def only_the_api_invokes():
    """every permission to invoke names this API, and but for $default one method and path"""
    deployed = deployment()
    allowed = set()
    for name, resource in deployed.of_type("AWS::Lambda::Permission").items():
        permission = resource["Properties"]
        source = permission.get("SourceArn", "")
        match = re.fullmatch(r"arn:aws:execute-api:eu-central-1:\d+:<Api>/\*/(\S+)", source)
        if permission["Principal"] != "apigateway.amazonaws.com" or not match:
            yield f"{name} lets {permission['Principal']} invoke from `{source}`"
        elif match[1] == "*":
            if permission["FunctionName"] != "<DiscoveryFunctionAliaslive>":
                yield f"{name} admits every route"
        else:
            allowed.add((permission["FunctionName"], match[1]))
    for method, path, operation in routes(deployed):
        alias = re.search(r"/functions/(<\w+>)/", json.dumps(operation))[1]
        wanted = method + re.sub(r"\{\w+\}", "*", path)
        if path != "/$default" and (alias, wanted) not in allowed:
            yield f"{method} {path} may not invoke its function"


def functions_are_as_designed():
    """every function is built from functions/NAME for arm64, has an alias `live`, a log and a role of its own"""
    deployed = deployment()
    found = functions(deployed)
    if set(found) != FUNCTIONS:
        yield f"the functions are {sorted(found)}"
    aliases = {v["Properties"]["FunctionName"] for v in deployed.of_type("AWS::Lambda::Alias").values()}
    for binary, (name, properties) in found.items():
        written = template()["Resources"][name]
        if written["Properties"]["CodeUri"] != f"../functions/{binary}":
            yield f"{name} is built from {written['Properties']['CodeUri']}"
        if written["Metadata"]["BuildMethod"] != "rust-cargolambda":
            yield f"{name} is not built by cargo-lambda"
        if properties["Architectures"] != ["arm64"] or properties["Runtime"] != "provided.al2023":
            yield f"{name} is for {properties['Architectures']}, {properties['Runtime']}"
        if f"<{name}>" not in aliases:
            yield f"{name} has no alias"
        if "ReservedConcurrentExecutions" in properties:
            yield f"{name} reserves concurrency by default"
        logs = properties["LoggingConfig"]
        if logs["LogFormat"] != "JSON" or logs["LogGroup"] != f"<{name.removesuffix('Function')}Logs>":
            yield f"{name} logs {logs}"
        variables = properties["Environment"]["Variables"]
        budget = int(variables["MUSTER_TIME_BUDGET_SECONDS"])
        if not budget + 2 <= properties["Timeout"] < 30:
            yield f"{name} has {properties['Timeout']} s for a budget of {budget} s; the gateway waits 30 s"
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
                if any("*" in resource for resource in resources) and not traces:
                    yield f"{role}, {sid}: {resources}"
                if any(a.startswith("logs:") for a in actions) and resources != [f"<{logs}.Arn>"]:
                    yield f"{role}, {sid}: {resources}"


def partitions_are_fenced():
    """every DynamoDB statement is bound to leading keys, and refuses what has none"""
    deployed = deployment()
    for _, properties in functions(deployed).values():
        role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
        for statement in statements(deployed, role):
            if not any(a.startswith("dynamodb:") for a in listed(statement["Action"])):
                continue
            condition = statement.get("Condition", {})
            keys = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
            guard = condition.get("Null", {}).get("dynamodb:LeadingKeys")
            if guard != "false" or not keys:
                yield f"{role}, {statement['Sid']}: {condition}"
            for key in keys:
                if key != "REALMS" and not re.fullmatch(r"R#\*#(?!\*)[A-Z]+(#\*)?", key):
                    yield f"{role}, {statement['Sid']}: `{key}` is no kind of the table"
            if any(action.endswith((":Scan", "Item*")) for action in statement["Action"]):
                yield f"{role}, {statement['Sid']}: {statement['Action']}"


def data_stays():
    """table and pepper ring outlive the stack; the table is protected, restorable and encrypted"""
    deployed = deployment()
    for name in ("Table", "PepperSecret"):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if deployed.resources[name].get(policy) != "Retain":
                yield f"{name} has no {policy}: Retain"
    table = deployed.properties("Table")
    wanted = {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    }
    for name, value in wanted.items():
        if table.get(name) != value:
            yield f"the table's {name} is {table.get(name)}"


def the_pepper_ring_is_not_made_anew():
    """the pepper ring is generated as it ever was: another way would replace the one in use"""
    generated = deployment(**EVERYTHING).properties("PepperSecret")["GenerateSecretString"]
    if generated != {
        "SecretStringTemplate": '{"current":"p1"}',
        "GenerateStringKey": "p1",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }:
        yield f"{generated}"


def what_exists_can_be_used():
    """a table and a secret that exist are used and not made"""
    deployed = deployment(TableName="restored", CreateTable="false", PepperSecretArn=SECRET)
    for name in {"Table", "PepperSecret"} & set(deployed.resources):
        yield f"{name} is made"
    text = json.dumps([deployed.resources, deployed.outputs])
    for name in ("<Table", "<PepperSecret"):
        if name in text:
            yield f"something names {name}>"
    for _, properties in functions(deployed).values():
        variables = properties["Environment"]["Variables"]
        if (variables["MUSTER_TABLE"], variables["MUSTER_PEPPER_SECRET"]) != ("restored", SECRET):
            yield f"{variables}"


def a_changed_parameter_is_deployed():
    """a changed parameter publishes versions when the functions depend on it, and only then"""
    before = versions(deployment())
    for name, value in OF_FUNCTIONS.items():
        if versions(deployment(**{name: value})) & before:
            yield f"{name} does not reach the alias"
    if versions(deployment(**DOMAIN)) & before:
        yield "DomainName does not reach the alias"
    others = {"Alarms": "false", "Stage": "test", "AlarmEmail": "ops@example.com", "KmsKeyArn": KEY}
    for name, value in others.items():
        if versions(deployment(**{name: value})) != before:
            yield f"{name} publishes versions that Lambda would refuse as unchanged"


def versions(deployed):
    return set(deployed.of_type("AWS::Lambda::Version"))


def public_url_follows_parameters():
    """the functions know a public URL when there is one, and the outputs say the same"""
    endpoint = "https://<Api>.execute-api.eu-central-1.amazonaws.com"
    own, proxy = f"https://{DOMAIN['DomainName']}", EVERYTHING["PublicUrl"]
    cases = [
        ({}, None, endpoint, endpoint),
        (DOMAIN, own, own, own),
        ({"PublicUrl": proxy}, proxy, proxy, endpoint),
        ({**DOMAIN, "PublicUrl": proxy}, proxy, proxy, own),
    ]
    for parameters, known, api, admin in cases:
        deployed = deployment(**parameters)
        for _, properties in functions(deployed).values():
            if properties["Environment"]["Variables"].get("MUSTER_PUBLIC_URL") != known:
                yield f"{parameters}: the functions think {properties['Environment']}"
        shown = tuple(deployed.outputs[name]["Value"] for name in ("ApiUrl", "AdminUrl"))
        if shown != (api, admin):
            yield f"{parameters}: {shown}"


def mutual_tls_has_no_side_door():
    """with a trust store, or when asked to, API Gateway's own endpoint answers nothing"""
    trusting = {**DOMAIN, "TruststoreUri": EVERYTHING["TruststoreUri"]}
    cases = [
        ({}, False),
        (DOMAIN, False),
        (trusting, True),
        ({**DOMAIN, "DisableDefaultEndpoint": "true"}, True),
    ]
    for parameters, disabled in cases:
        deployed = deployment(**parameters)
        (server,) = deployed.properties("Api")["Body"]["servers"]
        configured = server["x-amazon-apigateway-endpoint-configuration"]
        if configured["disableExecuteApiEndpoint"] is not disabled:
            yield f"{parameters}: {configured}"
    domain = deployment(**trusting).properties("Domain")
    if domain.get("MutualTlsAuthentication") != {"TruststoreUri": trusting["TruststoreUri"]}:
        yield f"{domain}"


def the_access_log_names_nobody():
    """the gateway's log is JSON and holds no path, query, address or user agent"""
    stage = deployment().properties("ApiApiGatewayDefaultStage")
    entry = json.loads(stage["AccessLogSettings"]["Format"])
    harmless = r"\$context\.(requestTime|requestId|routeKey|status|response(Length|Latency)"
    harmless += r"|integration\.(requestId|status|latency|error)|error\.responseType"
    harmless += r"|authorizer\.error)"
    for name, variable in entry.items():
        if not re.fullmatch(harmless, variable):
            yield f"{name} is {variable}"
    if stage["StageName"] != "$default":
        yield f"the stage is `{stage['StageName']}`, which would stand in every path"


def alarms_are_heard():
    """every alarm has an action, those of functions undo deployments, and without Alarms nothing is billed"""
    deployed = deployment()
    alarms = deployed.of_type("AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        if alarm["Properties"]["AlarmActions"] != ["<AlarmTopic>"]:
            yield f"{name} tells nobody"
    for name, group in deployed.of_type("AWS::CodeDeploy::DeploymentGroup").items():
        properties = group["Properties"]
        watched = {alarm["Name"] for alarm in properties["AlarmConfiguration"].get("Alarms", ())}
        own = name.replace("FunctionDeploymentGroup", "ErrorsAlarm")
        if not watched >= {f"<{own}>", "<FailuresAlarm>"}:
            yield f"{name} watches {sorted(watched)}"
        if "DEPLOYMENT_STOP_ON_ALARM" not in properties["AutoRollbackConfiguration"]["Events"]:
            yield f"{name} does not roll back"
    billed = {"AWS::CloudWatch::Alarm", "AWS::KMS::Key", "AWS::SNS::Topic", "AWS::Logs::MetricFilter"}
    silent = deployment(Alarms="false")
    for name in [k for k, v in silent.resources.items() if v["Type"] in billed]:
        yield f"{name} is there without Alarms"
    mails = [len(deployment(**p).of_type("AWS::SNS::Subscription")) for p in ({}, EVERYTHING)]
    if mails != [0, 1]:
        yield f"subscriptions without and with AlarmEmail: {mails}"


def the_dashboard_is_json():
    """the dashboard is JSON once the names are put in, and its widgets fit the grid"""
    for parameters in ({}, EVERYTHING):
        body = json.loads(deployment(**parameters).properties("Dashboard")["DashboardBody"])
        for widget in body["widgets"]:
            if widget["x"] + widget["width"] > 24:
                yield f"a widget is out of the grid: {widget}"
            if widget["type"] == "metric" and not widget["properties"]["metrics"]:
                yield f"a widget shows nothing: {widget}"
        if len(body["widgets"]) < 12:
            yield f"only {len(body['widgets'])} widgets"


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


def samconfig_fits():
    """samconfig.toml knows the template and sets parameters that exist to values that are allowed"""
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
        for parameter, value in {**EVERYTHING, **overrides}.items():
            for why in misfits(template()["Parameters"][parameter], value):
                yield f"{name}, {parameter}: {why}"


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
        if not re.search(r"^permissions:", text, re.MULTILINE):
            yield f"{path.name} takes the default permissions"


CHECKS = [
    sam_can_transform_it,
    every_route_is_served,
    methods_are_spelt_out,
    administration_is_signed,
    only_the_api_invokes,
    functions_are_as_designed,
    policies_are_narrow,
    partitions_are_fenced,
    data_stays,
    the_pepper_ring_is_not_made_anew,
    what_exists_can_be_used,
    a_changed_parameter_is_deployed,
    public_url_follows_parameters,
    mutual_tls_has_no_side_door,
    the_access_log_names_nobody,
    alarms_are_heard,
    the_dashboard_is_json,
    outputs_are_there,
    parameters_are_described,
    samconfig_fits,
    everything_is_tagged,
    workflows_are_pinned,
]
