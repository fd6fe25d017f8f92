# Kelvin Zero Multi-Pass: Azure/Entra ID, SCIM configuration.
. "$GUIDES/lib.sh"

# The dashboard, the right tenant; Integrations > SCIM > SCIM Endpoint.
muster realm create "$REALM" --display-name "Multi-Pass" >/dev/null
muster realm disable "$REALM" >/dev/null

# Set the profile to Azure; insert the Azure Tenant ID; toggle Enable; Update.
refused "a profile that there is not is refused with those that there are" '`entra`, `okta`' \
    muster realm update "$REALM" --profile microsoft
muster realm update "$REALM" --profile azure --entra-tenant-id 5f1b7c9a-0000-4000-8000-000000000001 >/dev/null
shown=$(muster realm enable "$REALM")
has "the endpoint is enabled" "Realm $REALM is enabled" "$shown"
has "with the profile" "Profile         entra" "$shown"
has "and Azure's tenant" "Entra tenant    5f1b7c9a-0000-4000-8000-000000000001" "$shown"
has "what the profile tolerates" "stringBooleans" "$(muster realm profiles azure)"

# A key with a name and a scope; its secret is shown once. Asked for twice, it is made once.
key=$(muster key create "$REALM" --name "Microsoft 365" --scope scim --expires-in 180d --idempotency-key setup-1)
copy "$key"
again=$(muster key create "$REALM" --name "Microsoft 365" --scope scim --expires-in 180d --idempotency-key setup-1)
has "the same request makes no second key and shows no secret" "has made it before" "$again"
listed=$(muster key list "$REALM" --json)
KEY=$(echo "$listed" | json 'it["keys"][0]["id"]')
is "one key" "1 Microsoft 365 active" \
    "$(echo "$listed" | json '"{} {name} {state}".format(len(it["keys"]), **it["keys"][0])')"

# It is replaced: both work while the new token is pasted; then the old one is ended.
old=$SECRET_TOKEN
rotated=$(muster key rotate "$REALM" "$KEY")
has "the key is replaced, and goes on for a while" "Key $KEY, which it replaces, works until" "$rotated"
test_connection
is "the old one works" 200 "$STATUS"
copy "$rotated"
test_connection
is "and the new one" 200 "$STATUS"
muster key revoke "$REALM" "$KEY" >/dev/null
new=$SECRET_TOKEN
SECRET_TOKEN=$old
test_connection
is "then only the new one" 401 "$STATUS"
SECRET_TOKEN=$new
is "which says what it replaces, and lives as long" "$KEY True" \
    "$(muster key list "$REALM" --json | json 'it["keys"][1]["replaces"] + " " + str(it["keys"][0]["expires"] <= it["keys"][1]["expires"])')"

# Entra: Edit attribute list for customappsso, add CustomExtensionName:2.0:User:tag. Here it is declared.
muster schema add "$REALM" "$CUSTOM" --attribute tag >said
has "the extension is declared" "declares $CUSTOM" "$(cat said)"
scim GET /Schemas/$CUSTOM
is "clients see its attributes" '200 ["tag"]' "$STATUS $(echo "$ANSWER" | json '[a["name"] for a in it["attributes"]]')"
scim GET /ResourceTypes/User
has "and that users have it" "\"schema\":\"$CUSTOM\"" "$ANSWER"
refused "the attribute's own path is no other schema" "is the path of an attribute" \
    muster schema add "$REALM" "$CUSTOM:tag" --attribute tag

# Advanced Console > Clients > scim-endpoint: Add Mapper by Configuration > User Attribute, seven times.
has "there are mappers already" "These are the defaults" "$(muster mapper list "$REALM")"
cat >mappers.json <<JSON
{"mappers": [
  {"name": "status", "attribute": "isSoftDeleted", "path": "active", "type": "Boolean", "negate": true},
  {"name": "loginName", "attribute": "userPrincipalName", "path": "userName", "type": "String"},
  {"name": "firstName", "attribute": "givenName", "path": "name.givenName", "type": "String"},
  {"name": "lastName", "attribute": "surName", "path": "name.familyName", "type": "String"},
  {"name": "manager", "attribute": "manager", "path": "manager", "type": "String"},
  {"name": "tag", "attribute": "extensionAttribute1", "path": "$CUSTOM:tag", "type": "String"},
  {"name": "email", "attribute": "email", "path": "email", "type": "String"}]}
JSON
cat >user.json <<JSON
{"userName": "ada@kzero.example", "active": "True", "name": {"givenName": "Ada"},
 "emails": [{"type": "home", "value": "ada@home.example"}, {"type": "work", "value": "ada@kzero.example"}],
 "$ENTERPRISE": {"manager": {"value": "m-1"}}, "$CUSTOM": {"tag": "701984"}}
JSON
is "a dry run, before they are set" \
    '{"profile": {"status": false, "loginName": "ada@kzero.example", "firstName": "Ada", "manager": "m-1", "tag": "701984", "email": "ada@kzero.example"}, "missing": ["lastName"]}' \
    "$(muster mapper try "$REALM" --user user.json --mappers mappers.json --json | json it)"
has "a person reads what is missing" "Without a value: lastName" \
    "$(muster mapper try "$REALM" --user user.json --mappers mappers.json)"
has "it has set nothing" "These are the defaults" "$(muster mapper list "$REALM")"
has "they are set" "These are the realm's own" "$(muster mapper set "$REALM" mappers.json)"
is "all seven" '["status", "loginName", "firstName", "lastName", "manager", "tag", "email"]' \
    "$(muster mapper list "$REALM" --json | json '[m["name"] for m in it["mappers"]]')"
sed 's/name.givenName/name.surname/' mappers.json >wrong.json
refused "a path that there is not is refused by its row" "mapper 3" muster mapper set "$REALM" wrong.json

# Entra: Tenant URL, Secret Token, Test Connection; the same mappings; Start provisioning.
muster realm update "$REALM" --event-values on >/dev/null
test_connection
is "the connection is tested" 200 "$STATUS"
scim POST /Users '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "boss@kzero.example", "active": true}'
BOSS=$(echo "$ANSWER" | json 'it["id"]')
# Without the custom schema's URN in `schemas`, as Entra leaves it out.
scim POST /Users '{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "'$ENTERPRISE'"],
  "externalId": "ada", "userName": "ada@kzero.example", "active": true, "displayName": "Ada Lovelace",
  "emails": [{"primary": true, "type": "work", "value": "ada@kzero.example"}], "meta": {"resourceType": "User"},
  "name": {"familyName": "Lovelace", "givenName": "Ada"},
  "'$ENTERPRISE'": {"manager": {"value": "'"$BOSS"'"}}, "'$CUSTOM'": {"tag": "701984"}}'
is "a user with a tag" "201 701984" "$STATUS $(echo "$ANSWER" | json 'it["'$CUSTOM'"]["tag"]')"
ADA=$(echo "$ANSWER" | json 'it["id"]')
scim GET "/Users?filter=$CUSTOM:tag+eq+%22701984%22&attributes=userName"
is "found by it" '["ada@kzero.example"]' "$(echo "$ANSWER" | json '[u["userName"] for u in it["Resources"]]')"
scim POST /Users '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "x", "'$CUSTOM'": {"tag": 7}}'
is "a tag of another type is refused" "400 invalidValue" "$STATUS $(echo "$ANSWER" | json 'it["scimType"]')"

# The members, by the company's own names.
is "the member's profile has all seven" \
    '{"status": false, "loginName": "ada@kzero.example", "firstName": "Ada", "lastName": "Lovelace", "manager": "'"$BOSS"'", "tag": "701984", "email": "ada@kzero.example"}' \
    "$(muster member show "$REALM" "$ADA" --json | json 'it["profile"]')"
has "a person reads it" "  loginName  ada@kzero.example" "$(muster member show "$REALM" "$ADA")"
replace "$ADA" "$CUSTOM:tag" 42
is "a new tag" "200 42" "$STATUS $(echo "$ANSWER" | json 'it["'$CUSTOM'"]["tag"]')"
is "members are found by it" '["ada@kzero.example"]' \
    "$(muster member list "$REALM" --filter "$CUSTOM:tag eq \"42\"" --json | json '[m["userName"] for m in it["members"]]')"

# The log.
is "the log: what changed, in both languages, with its value" \
    '["patch", ["'$CUSTOM'"], ["tag"], {"tag": "42"}]' \
    "$(muster event list "$REALM" --limit 1 --json | json '[it["events"][0][n] for n in ("action", "changed", "attributes", "profile")]')"
EVENT=$(muster event list "$REALM" --limit 1 --json | json 'it["events"][0]["id"]')
has "one event, whole" "$REQUEST_ID" "$(muster event show "$REALM" "$EVENT")"
is "what was refused is there, with the reason" "refusal create 400 invalidValue" \
    "$(muster event list "$REALM" --status 4xx --limit 1 --json | json '"{kind} {action} {status} {scimType}".format(**it["events"][0])')"
muster event tail "$REALM" --limit 1 --json >tail.out &
tail=$!
sleep 1
# A user is soft-deleted in Entra, which says so by `active`.
replace "$ADA" active False
is "soft-deleted" "200 deactivated true" \
    "$STATUS $(muster member show "$REALM" "$ADA" --json | json 'it["state"] + " " + json.dumps(it["profile"]["status"])')"
sleep 3
kill $tail
is "whoever follows the log sees it come" '[["'$CUSTOM'"], ["active"]]' \
    "$(json '[e["changed"] for e in it]' <<JSON
[$(paste -s -d , tail.out)]
JSON
)"

# The lists go to others; what it has cost.
muster member export "$REALM" members.csv >said
has "an export says how many" "2 members in members.csv" "$(cat said)"
is "with the company's own columns" "ada@kzero.example 42 true" \
    "$(python3 -c 'import csv; print(*[(r["loginName"] if "loginName" in r else r["userName"]) + " " + r["tag"] + " " + r["status"] for r in csv.DictReader(open("members.csv")) if r["tag"]])')"
has "and comes back" "there already  2" "$(muster member import "$REALM" members.csv --dry-run | tr -s ' ' | sed 's/already /already  /')"
is "the usage of today" True \
    "$(muster usage "$REALM" --json | json 'str(it["total"]["requests"] > 0 and it["total"]["dollars"] > 0)')"
has "the defaults come back" "has the default mappers again" "$(muster mapper reset "$REALM")"
echo walked
