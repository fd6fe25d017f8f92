"""What the checks share: the template, its deployments, and how to look into them."""

from functools import cache
from pathlib import Path

from deployment import Deployment, load

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
TEMPLATES = sorted((ROOT / "infra").glob("*.yaml"))

KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a0a"
SECRET = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:other-AbCdEf"
STREAM = "arn:aws:dynamodb:eu-central-1:111122223333:table/restored/stream/2026-01-01T00:00:00.000"
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
