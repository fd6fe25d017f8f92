"""The API: routes, who may call what, names under which it answers."""

import json
import re

from checks.common import DOMAIN, EVERYTHING, deployment, functions, routes, template
from deployment import transform

INTEGRATION = "x-amazon-apigateway-integration"
# Characters that the services' own references allow.
LONGEST = {
    ("AWS::CloudWatch::Alarm", "AlarmDescription"): 1024,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::IAM::Role", "Description"): 1000,
    ("AWS::KMS::Key", "Description"): 8192,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::Logs::QueryDefinition", "Name"): 255,
    ("AWS::SNS::Topic", "DisplayName"): 100,
    ("AWS::SQS::Queue", "QueueName"): 80,
    ("AWS::SecretsManager::Secret", "Description"): 2048,
}


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
        integration = operation.get(INTEGRATION, {})
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
        is_default = path == "$default"
        if (method == "X-AMAZON-APIGATEWAY-ANY-METHOD") != is_default:
            yield f"{method} {path}"
        if is_default and "<DiscoveryFunction" not in json.dumps(operation):
            yield "$default does not lead to discovery"
        if method == "GET" and ("HEAD", path) not in known:
            yield f"no HEAD {path}"
    if ("X-AMAZON-APIGATEWAY-ANY-METHOD", "$default") not in known:
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
        wanted = method + re.sub(r"\{\w+\+?\}", "*", path)
        if path != "$default" and (alias, wanted) not in allowed:
            yield f"{method} {path} may not invoke its function"


def quotas_are_kept():
    """what AWS counts stays within its quotas, under whatever name the stack has"""
    deployed = deployment(**EVERYTHING)
    integrations = [1 for _, _, operation in routes(deployed) if INTEGRATION in operation]
    counted = {
        "resources of a stack": (len(deployed.resources), 500),
        "routes of an API": (len(list(routes(deployed))), 300),
        "integrations of an API": (len(integrations), 300),
        "parameters of a stack": (len(template()["Parameters"]), 200),
        "outputs of a stack": (len(deployed.outputs), 200),
        "bytes of a template": (len(json.dumps(transform(template(), EVERYTHING))), 1_000_000),
    }
    for alias in deployed.of_type("AWS::Lambda::Alias"):
        counted[f"bytes of the policy of {alias}"] = (policy_bytes(deployed, alias), 20_480)
    for what, (count, quota) in counted.items():
        # Quotas beyond which AWS refuses to deploy; near to one there is no room for the next route.
        if count > quota * 9 // 10:
            yield f"{count:,} {what}, of at most {quota:,}"


def policy_bytes(deployed, alias):
    """What may invoke an alias, as Lambda writes it, at the longest names that CloudFormation makes
    (100 characters of a statement, 64 of a function) in a region with a long one."""
    where = "ap-southeast-2:111122223333"
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": []}
    for resource in deployed.of_type("AWS::Lambda::Permission").values():
        permission = resource["Properties"]
        if permission["FunctionName"] != f"<{alias}>":
            continue
        route = permission["SourceArn"].partition("<Api>")[2]
        policy["Statement"].append(
            {
                "Sid": "s" * 100,
                "Effect": "Allow",
                "Principal": {"Service": permission["Principal"]},
                "Action": permission["Action"],
                "Resource": f"arn:aws:lambda:{where}:function:{'f' * 64}:live",
                "Condition": {
                    "ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:{where}:abcdefghij{route}"}
                },
            }
        )
    return len(json.dumps(policy, separators=(",", ":")))


def names_fit():
    """what is called after the stack can be called so under the longest name of a stack"""
    stack = "s" * 128
    for parameters in ({}, EVERYTHING):
        deployed = deployment(**parameters, **{"AWS::StackName": stack})
        for name, resource in deployed.resources.items():
            for part, value in resource.get("Properties", {}).items():
                if part == "DashboardBody" or not isinstance(value, str) or stack not in value:
                    continue
                longest = LONGEST.get((resource["Type"], part))
                if longest is None:
                    yield f"{name}: nobody has looked up how long {part} may be"
                elif len(value) > longest:
                    yield f"{name}: {part} has {len(value)} characters, of at most {longest}"


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


CHECKS = [
    sam_can_transform_it,
    every_route_is_served,
    methods_are_spelt_out,
    administration_is_signed,
    only_the_api_invokes,
    quotas_are_kept,
    names_fit,
    public_url_follows_parameters,
    mutual_tls_has_no_side_door,
    the_access_log_names_nobody,
]
