"""Table and pepper ring: that they stay, and that others can be used."""

import json
import re

from checks.common import DOMAIN, EVERYTHING, SECRET, STREAM, deployment, functions

# They are made of names that CloudFormation has from what is there already.
HARDLY_FAIL = {
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::Permission",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
}


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
    deployed = deployment(
        TableName="restored", CreateTable="false", TableStreamArn=STREAM, PepperSecretArn=SECRET
    )
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


def the_table_goes_with_its_stream():
    """a table in use stays in use, everywhere, when a deployment names only the one before"""
    given = {"CreateTable": "false", "TableStreamArn": STREAM}
    deployed = deployment(TableName="former", **given)
    text = json.dumps([deployed.resources, deployed.outputs])
    # What the functions were deployed with is no name to go by.
    for _, properties in functions(deployed).values():
        text = text.replace(properties["Environment"]["Variables"]["MUSTER_DEPLOYED_WITH"], "")
    if places := re.findall(r".{60}\bformer\b", text):
        yield f"{len(places)} places name the table before: {places}"
    if deployed.outputs["TableName"]["Value"] != "restored":
        yield f"the output is {deployed.outputs['TableName']}"
    for _, properties in functions(deployed).values():
        if properties["Environment"]["Variables"]["MUSTER_TABLE"] != "restored":
            yield f"{properties['Environment']}"
    fresh = deployment(TableName="fresh")
    made, shown = fresh.properties("Table")["TableName"], fresh.outputs["TableName"]["Value"]
    if {made, shown} != {"fresh"}:
        yield f"the table that is made is called {made}, and shown as {shown}"


def the_table_comes_last():
    """the table, which stays when a first deployment fails, is made when nearly all is there"""
    for parameters in ({}, DOMAIN, EVERYTHING, {"Alarms": "false"}):
        deployed = deployment(**parameters)
        needs = {name: deployed.needs(name) for name in deployed.resources}
        for name in deployed.resources:
            kind = deployed.resources[name]["Type"]
            if name in needs[name]:
                yield f"{name} waits for itself"
            # What is behind it reads its stream.
            settled = name in needs["Table"] or "Table" in needs[name] or name == "Table"
            if not settled and kind not in HARDLY_FAIL:
                yield f"{parameters}: {name} ({kind}) may fail when the table is there"


CHECKS = [
    data_stays,
    the_pepper_ring_is_not_made_anew,
    what_exists_can_be_used,
    the_table_goes_with_its_stream,
    the_table_comes_last,
]
