"""Alarms and dashboard."""

import json

from checks.common import EVERYTHING, deployment


def alarms_are_heard():
    """alarms are heard, undo deployments, and cost nothing without Alarms"""
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
    billed = {
        "AWS::CloudWatch::Alarm",
        "AWS::KMS::Key",
        "AWS::Logs::MetricFilter",
        "AWS::SNS::Topic",
    }
    silent = deployment(Alarms="false")
    for name in [k for k, v in silent.resources.items() if v["Type"] in billed]:
        yield f"{name} is there without Alarms"
    mails = [len(deployment(**p).of_type("AWS::SNS::Subscription")) for p in ({}, EVERYTHING)]
    if mails != [0, 1]:
        yield f"subscriptions without and with AlarmEmail: {mails}"


def a_fix_can_be_deployed():
    """RollBackOnAlarms=false takes the alarms off the deployments, and changes nothing else"""
    usual, urgent = deployment(), deployment(RollBackOnAlarms="false")
    for name, resource in urgent.resources.items():
        if resource["Type"] != "AWS::CodeDeploy::DeploymentGroup":
            if resource != usual.resources.get(name):
                yield f"{name} is another"
        # CodeDeploy stops at an alarm that is one already, and CloudFormation takes the fix back.
        elif resource["Properties"].get("AlarmConfiguration", {}).get("Alarms"):
            yield f"{name} watches {resource['Properties']['AlarmConfiguration']}"


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


CHECKS = [
    alarms_are_heard,
    a_fix_can_be_deployed,
    the_dashboard_is_json,
]
