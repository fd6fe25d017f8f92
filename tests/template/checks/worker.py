"""The worker: how the table's stream reaches it, and where what it gives up goes. What its filter
lets through is held against the table's own records in tests/tests/lambda."""

import json

from checks.common import EVERYTHING, STREAM, deployment, functions, listed, statements, template

MAPPING = "AWS::Lambda::EventSourceMapping"
# AWS: what Lambda reads a stream by, in the name of the function's role.
READS = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
DAY = 86_400


def the_stream_reaches_the_worker():
    """the table's stream reaches the alias of the worker, alone, filtered, and loses nothing"""
    for parameters in ({}, EVERYTHING):
        mappings = deployment(**parameters).of_type(MAPPING)
        if len(mappings) != 1:
            yield f"there are {len(mappings)} event sources"
            continue
        ((_, mapping),) = mappings.items()
        mapping = mapping["Properties"]
        wanted = {
            "EventSourceArn": "<Table.StreamArn>",
            "FunctionName": "<WorkerFunctionAliaslive>",
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumBatchingWindowInSeconds": 0,
            "DestinationConfig": {"OnFailure": {"Destination": "<WorkerDeadLetters.Arn>"}},
        }
        for name, value in wanted.items():
            if mapping.get(name) != value:
                yield f"{name} is {mapping.get(name)}"
        # -1 is for ever: one record would hold its shard up until the stream forgets it.
        if not 0 < mapping["MaximumRetryAttempts"] <= 100:
            yield f"it is tried again {mapping['MaximumRetryAttempts']} times"
        if not 0 < mapping["MaximumRecordAgeInSeconds"] <= DAY:
            yield f"it is tried for {mapping['MaximumRecordAgeInSeconds']} s"
        filters = [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
        if [sorted(one) for one in filters] != [["dynamodb", "eventName"]]:
            yield f"the filters are {filters}"


def a_restored_table_has_its_own_stream():
    """of a table that is there already the stream is asked for, read, and allowed to be read"""
    given = {"TableName": "restored", "CreateTable": "false", "TableStreamArn": STREAM}
    deployed = deployment(**given)
    sources = [it["Properties"]["EventSourceArn"] for it in deployed.of_type(MAPPING).values()]
    if sources != [STREAM]:
        yield f"the event sources are {sources}"
    readable = [it["Resource"] for it in statements(deployed, "WorkerRole") if reads(it)]
    if [f"{it.removesuffix('*')}{STREAM.rpartition('/')[2]}" for it in readable] != [STREAM]:
        yield f"it may read {readable}"
    rules = template()["Rules"].values()
    asked = [it for it in rules if '"TableStreamArn"' in json.dumps(it["Assertions"])]
    if len(asked) != 1 or '"CreateTable"' not in json.dumps(asked[0]["RuleCondition"]):
        yield "CreateTable=false does not ask for TableStreamArn"


def only_the_worker_reads_the_stream():
    """only the worker reads the stream and sends dead letters, and it reads no secret"""
    deployed = deployment()
    for binary, (_, properties) in functions(deployed).items():
        role = properties["Role"].removeprefix("<").removesuffix(".Arn>")
        found = list(statements(deployed, role))
        actions = {action for it in found for action in listed(it["Action"])}
        stream = [it for it in found if reads(it)]
        letters = [it for it in found if "sqs:SendMessage" in it["Action"]]
        if binary != "worker":
            if stream or letters:
                yield f"{binary} may {stream or letters}"
            continue
        if [set(it["Action"]) for it in stream] != [READS]:
            yield f"{binary} may read by {stream}"
        if [it["Resource"] for it in letters] != ["<WorkerDeadLetters.Arn>"]:
            yield f"{binary} sends {letters}"
        if any(action.startswith("secretsmanager:") for action in actions):
            yield f"{binary} may read secrets"


def reads(statement):
    return bool(READS & set(listed(statement["Action"])))


def dead_letters_are_kept():
    """dead letters are encrypted, kept for 14 days, and somebody hears of them and of late jobs"""
    deployed = deployment()
    queues = deployed.of_type("AWS::SQS::Queue")
    if list(queues) != ["WorkerDeadLetters"]:
        yield f"the queues are {sorted(queues)}"
    for name, queue in queues.items():
        properties = queue["Properties"]
        if properties.get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if properties.get("MessageRetentionPeriod") != 14 * DAY:
            yield f"{name} keeps for {properties.get('MessageRetentionPeriod')} s"
    alarms = deployed.of_type("AWS::CloudWatch::Alarm").values()
    watched = {
        (it["Properties"].get("MetricName"), dimension["Value"]): it["Properties"]["Threshold"]
        for it in alarms
        for dimension in it["Properties"].get("Dimensions", ())
    }
    letters = ("ApproximateNumberOfMessagesVisible", "<WorkerDeadLetters.QueueName>")
    if watched.get(letters) != 0:
        yield "nobody hears of the first dead letter"
    if not 0 < watched.get(("IteratorAge", "<WorkerFunction>"), 0) < DAY * 1000:
        yield "nobody hears of jobs that wait"


CHECKS = [
    the_stream_reaches_the_worker,
    a_restored_table_has_its_own_stream,
    only_the_worker_reads_the_stream,
    dead_letters_are_kept,
]
