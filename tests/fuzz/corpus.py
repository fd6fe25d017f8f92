#!/usr/bin/env python3
"""The kept inputs of the fuzzers: `corpus/{target}.jsonl`, one a line, a JSON string of its text, or
an array of its bytes where it is no text. Each line is run in every `tests/run`.

    tests/fuzz/corpus.py        adds what the recorded clients send (tests/fixtures) where it is missing
"""

import base64
import json
import re
import urllib.parse
import zlib
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
ROOT = FUZZ.parent.parent
KEPT = FUZZ / "corpus"

PARSERS = ["filter", "path", "json", "body", "patch", "message", "admin", "cursor", "key"]
SERVER = ["event", "stream", "page"]
TARGETS = PARSERS + SERVER

# Between the fields of an event.
FIELD = "\x1e"
ID = "2819c223-7f76-453a-919d-413861904646"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def main():
    added = seeds()
    for target in TARGETS:
        known = read(target)
        write(target, known + [data for data in added[target] if data not in known])
        print(f"{target}: {len(read(target))}")


def read(target):
    file = KEPT / f"{target}.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    values = map(json.loads, lines)
    return [value.encode() if isinstance(value, str) else bytes(value) for value in values]


def write(target, inputs):
    KEPT.mkdir(exist_ok=True)
    unique = dict.fromkeys(inputs)
    lines = sorted((line(data) for data in unique), key=lambda it: (len(it), it))
    (KEPT / f"{target}.jsonl").write_text("".join(f"{it}\n" for it in lines))


def line(data):
    try:
        return json.dumps(data.decode(), ensure_ascii=False, separators=(",", ":"))
    except UnicodeDecodeError:
        return json.dumps(list(data), separators=(",", ":"))


def is_fit(target, data):
    """Whether mutations of it are worth something: text, and JSON where that is read."""
    try:
        text = data.decode()
        if target in ("body", "patch", "message", "admin", "stream"):
            json.loads(text)
    except ValueError:
        return False
    return True


def seeds():
    """The inputs of each target that stand in the fixtures, or are made of what stands there."""
    found = {target: [] for target in TARGETS}
    for request in requests():
        of_request(request, found)
    found["json"] += found["body"][::4] + found["patch"][::8]
    found["admin"] += [*definitions(), mappers(found["path"])]
    found["cursor"] += sealed()
    found["key"] += tokens()
    found["stream"] += records()
    for target, texts in limits().items():
        found[target] += [text.encode() for text in texts]
    found["page"] += pages()
    return found


def requests():
    for file in sorted((ROOT / "tests" / "fixtures").glob("*.json")):
        text = json.dumps(json.loads(file.read_text())["request"])
        yield json.loads(re.sub(r"\{\{\w+\}\}", ID, text))


def of_request(request, found):
    path, _, query = str(request.get("path", "/")).partition("?")
    method, body = request.get("method", "GET"), request.get("body")
    parameters = urllib.parse.parse_qs(query)
    add = lambda target, texts: found[target].extend(str(text).encode() for text in texts)
    for name in ("attributes", "excludedAttributes", "sortBy"):
        add("path", parameters.get(name, []))
    add("filter", parameters.get("filter", []))
    add("cursor", parameters.get("cursor", []))
    text = request.get("raw_body") or ("" if body is None else json.dumps(body))
    if isinstance(body, dict):
        add("filter", [body["filter"]] if "filter" in body else [])
        add("path", [key for key in body if not key.isalnum()])
        operations = [it for it in body.get("Operations", []) if isinstance(it, dict)]
        paths = [it["path"] for it in operations if isinstance(it.get("path"), str)]
        add("path", paths)
        add("filter", [it for path in paths for it in re.findall(r"\[(.*)\]", path)])
    if text:
        searches = path.endswith((".search", "/Bulk"))
        add("message" if searches else "patch" if method == "PATCH" else "body", [text])
    if not path.startswith("/realms"):
        path = "/realms/acme/scim/v2" + path
    add("event", [FIELD.join(["0", method, path, query, text])])


def limits():
    """Inputs at each limit, and one beyond it; messages that no recorded client sends."""
    filters = ["(" * n + "title pr" + ")" * n for n in (20, 21)]
    filters += [" or ".join(["id eq 1"] * n) for n in (64, 65, 1024, 1025)]
    filters += [f"title eq \"{'x' * n}\"" for n in (4085, 4086)]
    words = [f"emails[{it}].value" for it in filters[:4]] + ["title" + "x" * n for n in (4091, 4092)]
    attributes = [{"name": f"a{n}", "type": "string"} for n in range(101)]
    schema = {"name": "n", "resourceType": "User"}
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    return {
        "filter": filters,
        "path": words,
        "json": ["[" * n + "]" * n for n in (32, 33)] + ['{"a":1,"a":2}', '"\\u0000"', "1 2", "\ufeff1"],
        "body": [json.dumps({"userName": "u", f"{enterprise}{it}": {"a": 1}}) for it in (":a", ":a'", ":a:b")],
        "admin": [json.dumps({**schema, "attributes": attributes[:n]}) for n in (100, 101)],
        "patch": [json.dumps({"Operations": operations}) for operations in edits()],
        "message": list(map(json.dumps, messages())),
    }


def edits():
    """Operations that together break what each alone keeps."""
    primary = {"value": "n@x", "primary": True}
    add = lambda path, value: {"op": "add", "path": path, "value": value}
    yield [add("emails", [primary]), add('emails[type eq "home"].primary', True)]
    yield [add("emails", [{"value": "W@X", "type": "work"}]), add("roles", [{"value": "user"}])]
    yield [add('emails[type eq "home"]', {"value": "w@x", "type": "work"})]
    yield [{"op": "remove", "path": "emails.value"}, {"op": "remove", "path": "name.givenName"}]
    yield [{"op": "replace", "path": "emails.type", "value": "work"}, add("emails.value", "one@x")]
    yield [{"op": "remove", "path": "userName"}]
    yield [add("members", [{"value": "a"}, {"value": "b"}]), {"op": "remove", "path": 'members[value eq "a"]'}]


def messages():
    search, bulk = (f"urn:ietf:params:scim:api:messages:2.0:{it}Request" for it in ("Search", "Bulk"))
    yield {"schemas": [search], "filter": "title pr", "sortBy": "id", "sortOrder": "descending"}
    yield {"schemas": [search], "attributes": ["id"], "startIndex": 0, "count": -1, "cursor": ""}
    post = {"method": "POST", "bulkId": "q", "path": "/Users", "data": {"manager": {"value": "bulkId:p"}}}
    patch = {"method": "PATCH", "path": "/Groups/bulkId:q", "data": {"members": [{"$ref": "/Users/bulkId:q"}]}}
    delete = {"method": "DELETE", "path": "Users/x", "version": "W/1"}
    yield {"schemas": [bulk], "failOnErrors": 1, "Operations": [post, patch, delete]}
    yield {"schemas": [bulk], "Operations": [patch] * 11}


def definitions():
    """The stock schemas as a realm could have written them."""
    for name in ("user", "group", "enterprise_user"):
        schema = json.loads((ROOT / f"shared/scim/src/schema/{name}.json").read_text())
        made = {"id": f"urn:acme:schemas:2.0:{name}", "name": name, "resourceType": "User"}
        attributes = [plain(it) for it in schema["attributes"] if it.get("mutability") != "readOnly"]
        for count in (1, 3, len(attributes)):
            yield json.dumps({**made, "attributes": attributes[-count:]}).encode()


def plain(attribute):
    """Without what only the server's own schemas say."""
    attribute = {**attribute, "uniqueness": "none"}
    subs = [plain(it) for it in attribute.get("subAttributes", []) if it.get("mutability") != "readOnly"]
    return {**attribute, "subAttributes": subs} if subs else attribute


def mappers(paths):
    rows = [
        {"name": f"m{n}", "attribute": "x", "path": path.decode(), "type": "String"}
        for n, path in enumerate(dict.fromkeys(paths))
    ]
    return json.dumps(rows[:40]).encode()


def sealed():
    """Texts of the right shape that nobody has sealed, and what is sealed."""
    for content in (b"", b"x" * 16, b'{"until":9,"count":10,"kind":"User","id":null,"key":null}'):
        yield content
        for pepper in (b"p1", b"", b"p" * 40):
            data = bytes([len(pepper)]) + pepper + bytes(range(12)) + content + bytes(16)
            yield base64.urlsafe_b64encode(data).rstrip(b"=")


def tokens():
    """With their checksums, and without."""
    for body in ("mst_AAAAAAAAAAAA_" + "0" * 42 + "1", "msta_" + "Z" * 43, "mst_"):
        yield body.encode()
        yield (body + base62(zlib.crc32(body.encode()), 6)).encode()
    for word in ("acme", "Acme-2", "AAAAAAAAAAAA", "scim:read", "enabled"):
        yield word.encode()


def base62(number, width):
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def records():
    job, run = ID, "0b0b0b0b-7dec-41d0-a765-00a0c91e6bf6"
    keys = [
        ("R#acme#J", f"JOB#{job}"), ("R#acme#J", f"RUN#{job}#{run}"), ("R#acme#U", job),
        ("R#other#J", f"JOB#{job.upper()}"), ("R#acme#J", f"JOB#{job.replace('-', '')}"),
    ]
    made = [
        {"eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": str(n)}}
        for n, (pk, sk) in enumerate(keys)
    ]
    yield from (json.dumps({"Records": some}).encode() for some in ([], made[:1], made[1:3], made))


def pages():
    """A digit of how it is sealed, one of the query, and what is sealed."""
    base = {"until": 99999999999, "count": 10, "kind": "User", "id": None, "key": None}
    for change in (
        {}, {"id": ID}, {"kind": "Group"}, {"kind": "Robot"}, {"until": 9}, {"count": 11},
        {"id": ID, "key": {"Text": "a"}}, {"id": ID, "key": "Missing"}, {"key": "Missing"},
    ):
        for how in ("00", "01", "10", "20", "30"):
            yield (how + json.dumps({**base, **change})).encode()


if __name__ == "__main__":
    main()
