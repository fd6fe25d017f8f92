"""infra/deploy-role.yaml: that its roles suffice for what infra/template.yaml can be asked for."""

import json
import re
from fnmatch import fnmatchcase
from functools import cache

from checks.common import (
    EVERYTHING,
    SECRET,
    TEMPLATES,
    deployment,
    functions,
    listed,
    statements,
    template,
)
from deployment import PSEUDO, Deployment, load

STACK = PSEUDO["AWS::StackName"]
HERE = f"{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}"
TRUSTSTORE = EVERYTHING["TruststoreUri"]
# What both templates must be told.
SHARED = ("HostedZoneId", "KmsKeyArn", "PepperSecretArn", "TableName", "TruststoreUri")
DOMAIN_NAMES = "arn:aws:apigateway:eu-central-1::/domainnames"


@cache
def roles(**parameters):
    (path,) = (it for it in TEMPLATES if it.name == "deploy-role.yaml")
    given = {"Repository": "example/muster", "StackName": STACK, "TableName": "muster"}
    return Deployment(load(path), {**given, **parameters})


def the_boundary_lets_them():
    """the boundary admits every action of the functions' roles on what they name"""
    for parameters in (EVERYTHING, {**EVERYTHING, "PepperSecretArn": SECRET}):
        told = {k: v for k, v in parameters.items() if k in SHARED}
        boundary = roles(**told).properties("Boundary")["PolicyDocument"]["Statement"]
        deployed = deployment(**parameters)
        for _, properties in functions(deployed).values():
            role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
            for statement in statements(deployed, role):
                for resource in map(arn, listed(statement["Resource"])):
                    for action in listed(statement["Action"]):
                        if not allowed(boundary, action, resource):
                            yield f"{role}: {action} on {resource}"


def arn(resource):
    """What CloudFormation would call what has no name yet."""
    if logs := re.fullmatch(r"<(\w+)Logs\.Arn>", resource):
        return f"arn:aws:logs:{HERE}:log-group:/aws/lambda/{STACK}-{logs[1].lower()}:*"
    if resource == "<PepperSecret>":
        return f"arn:aws:secretsmanager:{HERE}:secret:PepperSecret-Ab3dEf6hIj-AbCdEf"
    if resource == "<WorkerDeadLetters.Arn>":
        return f"arn:aws:sqs:{HERE}:{STACK}-WorkerDeadLetters-Ab3dEf6hIj"
    return resource


def a_domain_can_be_deployed():
    """CloudFormation's role makes an account's first domain name, and one with a trust store"""
    linked = "arn:aws:iam::111122223333:role/aws-service-role/ops.apigateway.amazonaws.com/"
    certificates = [
        ("apigateway:AddCertificateToDomain", DOMAIN_NAMES),
        ("apigateway:AddCertificateToDomain", f"{DOMAIN_NAMES}/scim.example.com"),
        ("apigateway:RemoveCertificateFromDomain", f"{DOMAIN_NAMES}/scim.example.com"),
    ]
    truststore = TRUSTSTORE.replace("s3://", "arn:aws:s3:::")
    read = [("s3:GetObject", truststore), ("s3:GetObjectVersion", truststore)]
    cases = [
        ({}, [("iam:CreateServiceLinkedRole", f"{linked}AWSServiceRoleForAPIGateway")], read),
        ({"TruststoreUri": TRUSTSTORE}, certificates + read, []),
    ]
    for parameters, wanted, unwanted in cases:
        deployed = roles(**parameters)
        policies = deployed.properties("ServiceRole")["ManagedPolicyArns"]
        documents = [deployed.properties(it.strip("<>"))["PolicyDocument"] for it in policies]
        policy = [it for document in documents for it in document["Statement"]]
        for action, resource in wanted:
            if not allowed(policy, action, resource):
                yield f"{parameters}: no {action} on {resource}"
        for action, resource in unwanted:
            if allowed(policy, action, resource):
                yield f"{parameters}: {action} on {resource}"
        for statement in policy:
            if "iam:CreateServiceLinkedRole" in listed(statement["Action"]):
                service = {"StringEquals": {"iam:AWSServiceName": "ops.apigateway.amazonaws.com"}}
                if statement.get("Condition") != service:
                    yield f"it makes any service's role: {statement}"


def both_are_told_the_same():
    """what both templates must be told is called the same in both, and takes the same"""
    other = load(next(it for it in TEMPLATES if it.name == "deploy-role.yaml"))["Parameters"]
    for name in SHARED:
        here, there = template()["Parameters"][name], other.get(name, {})
        for part in ("Type", "AllowedPattern", "ConstraintDescription"):
            if here.get(part) != there.get(part):
                yield f"{name}: {part} is {here.get(part)} and {there.get(part)}"


def policies_fit():
    """the policies are within what IAM takes, under the longest name of a stack"""
    names = {"StackName": "s" * 41, "TableName": "t" * 64, "AWS::StackName": "d" * 64}
    told = {k: v for k, v in {**EVERYTHING, "PepperSecretArn": SECRET}.items() if k in SHARED}
    for name, policy in roles(**{**told, **names}).of_type("AWS::IAM::ManagedPolicy").items():
        size = len(json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":")))
        # Beyond 6,144 characters IAM refuses a managed policy.
        if size > 6_144:
            yield f"{name} has {size:,} characters"


def allowed(policy, action, resource):
    return any(
        statement["Effect"] == "Allow"
        and action in listed(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        for statement in policy
    )


CHECKS = [
    the_boundary_lets_them,
    a_domain_can_be_deployed,
    both_are_told_the_same,
    policies_fit,
]
