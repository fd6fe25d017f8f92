# Visual Passcodes: user provisioning via SCIM (Entra ID).
. "$GUIDES/lib.sh"

# The tenant.
muster realm create "$REALM" --display-name "Visual Passcodes" --profile entra >/dev/null
muster realm create "$REALM-other" >/dev/null

# Profile > Create New API Key: key name, scope, tenant.
key=$(muster key create "$REALM" --name "EntraID" --scope scim)
has "a key with a name and a scope" "(EntraID) of realm $REALM, scim, expires never" "$key"
has "which cannot be had again" "The token is shown once" "$key"
copy "$key"
admin POST "/realms/$REALM/keys" '{"name": "Auditor", "scopes": ["scim:read"], "expiresIn": "1d"}'
is "the backend makes keys as well" "201 Auditor" "$STATUS $(echo "$ANSWER" | json 'it["name"]')"
READER=$(echo "$ANSWER" | json 'it["token"]')
admin POST "/realms/$REALM/keys" '{"name": "Auditor", "scopes": ["SCIM2"]}'
has "a scope that there is not is refused with those that there are" "scim:read" "$STATUS $ANSWER"
is "the keys in the order in which they were made" '["EntraID", "Auditor"]' \
    "$(muster key list "$REALM" --json | json '[k["name"] for k in it["keys"]]')"

# Tenant Config > SCIM2 Configuration: the base URL, and the detailed URLs below it.
is "the base URL" "$MUSTER_URL/realms/$REALM/scim/v2" "$TENANT_URL"
for place in ServiceProviderConfig Schemas ResourceTypes; do
    scim GET "/$place"
    is "$place" 200 "$STATUS"
done
is "users and groups" '["Group", "User"]' "$(echo "$ANSWER" | json 'sorted(r["id"] for r in it["Resources"])')"

# Entra: a new application that is not in the gallery; Provisioning, Automatic; Tenant URL and Secret
# Token; Test Connection, with the group mapping enabled, too.
test_connection
is "the connection is tested with a user" 200 "$STATUS"
scim GET "/Groups?excludedAttributes=members&filter=displayName+eq+%22b7f4a2f0%22"
is "and with a group" "200 0" "$STATUS $(echo "$ANSWER" | json 'it["totalResults"]')"

# Mappings: the defaults. Provision on demand: match, create.
scim GET "/Users?filter=userName+eq+%22p.voss@passcodes.example%22"
is "the user is not there" 0 "$(echo "$ANSWER" | json 'it["totalResults"]')"
scim POST /Users '{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "'$ENTERPRISE'"],
  "externalId": "pvoss", "userName": "p.voss@passcodes.example", "active": true, "displayName": "Petra Voss",
  "title": "Architect", "preferredLanguage": "de", "meta": {"resourceType": "User"},
  "name": {"formatted": "Petra Voss", "familyName": "Voss", "givenName": "Petra"},
  "emails": [{"primary": true, "type": "work", "value": "p.voss@passcodes.example"}],
  "phoneNumbers": [{"type": "work", "primary": true, "value": "55555555555"}],
  "'$ENTERPRISE'": {"employeeNumber": "40017", "department": "Yard"}}'
is "the user is created" 201 "$STATUS"
PETRA=$(echo "$ANSWER" | json 'it["id"]')

# Users and groups > Add user/group: a group, then its members.
scim POST /Groups '{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
  "externalId": "g-1", "displayName": "Harbour", "members": [], "meta": {"resourceType": "Group"}}'
is "the group is created" 201 "$STATUS"
HARBOUR=$(echo "$ANSWER" | json 'it["id"]')
scim PATCH "/Groups/$HARBOUR" '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "'"$PETRA"'"}]}]}'
is "and has its member" 204 "$STATUS"
scim GET "/Groups/$HARBOUR?excludedAttributes=members"
is "Entra reads groups without their members" "200 Harbour False" \
    "$STATUS $(echo "$ANSWER" | json 'it["displayName"] + " " + str("members" in it)')"

# Start provisioning; the administrator looks whether they have arrived.
is "the user, with the group" '{"userName": "p.voss@passcodes.example", "state": "provisioned", "groups": ["Harbour"]}' \
    "$(muster member show "$REALM" "$PETRA" --json | json '{"userName": it["userName"], "state": it["state"], "groups": [g["displayName"] for g in it["groups"]]}')"
has "a person reads it as well" "Groups         Harbour" "$(muster member show "$REALM" "$PETRA")"
has "the groups" "$HARBOUR  Group  Harbour  provisioned" "$(muster member list "$REALM" --type group)"
is "found by a part of a name" '["p.voss@passcodes.example"]' \
    "$(muster member list "$REALM" --q VOSS --json | json '[m["userName"] for m in it["members"]]')"
is "found by a filter" '["p.voss@passcodes.example"]' \
    "$(muster member list "$REALM" --filter 'title eq "architect"' --json | json '[m["userName"] for m in it["members"]]')"
is "the log: who, what, with which key" '["create User Microsoft Entra ID", "create Group Microsoft Entra ID", "patch Group Microsoft Entra ID"]' \
    "$(muster event list "$REALM" --kind write --json | json '["{action} {resource[type]} {client}".format(**e) for e in reversed(it["events"])]')"
has "a person reads how many came" "members +1" "$(muster event list "$REALM" --resource "$HARBOUR")"

# A change in Entra arrives with the next cycle.
scim PATCH "/Users/$PETRA" '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [
    {"op": "Replace", "path": "displayName", "value": "Petra Voss-Lund"},
    {"op": "Add", "path": "'$ENTERPRISE':department", "value": "Quay"},
    {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "petra@passcodes.example"}]}'
is "the change" "200 petra@passcodes.example" "$STATUS $(echo "$ANSWER" | json 'it["emails"][0]["value"]')"
is "the log: which attributes, by SCIM's names and the company's" \
    '[["displayName", "emails", "'$ENTERPRISE'"], true, true]' \
    "$(muster event list "$REALM" --limit 1 --json | json '[sorted(it["events"][0]["changed"]), "department" in it["events"][0]["attributes"], "email" in it["events"][0]["attributes"]]')"

# Who may do what.
writer=$SECRET_TOKEN
SECRET_TOKEN=$READER
scim GET "/Users/$PETRA"
is "a key to read reads" 200 "$STATUS"
scim DELETE "/Users/$PETRA"
is "and writes not" 403 "$STATUS"
SECRET_TOKEN=$writer
own=$TENANT_URL
TENANT_URL=$MUSTER_URL/realms/$REALM-other/scim/v2
test_connection
is "a key of one tenant is none in another" 401 "$STATUS"
TENANT_URL=$MUSTER_URL/admin/v1/realms
scim GET ""
is "nor in the administration" 401 "$STATUS"
TENANT_URL=$own
SECRET_TOKEN=$(cat "$MUSTER_ADMIN_TOKEN_FILE")
test_connection
is "and the administration's token is none of a client" 401 "$STATUS"
SECRET_TOKEN=$writer

# Deprovisioning: out of the group, unassigned, deleted.
scim PATCH "/Groups/$HARBOUR" '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "'"$PETRA"'"}]}]}'
is "out of the group" "204 []" "$STATUS $(muster member show "$REALM" "$PETRA" --json | json 'it["groups"]')"
replace "$PETRA" active False
is "unassigned" '["p.voss@passcodes.example"]' \
    "$(muster member list "$REALM" --state deactivated --json | json '[m["userName"] for m in it["members"]]')"
scim DELETE "/Users/$PETRA"
is "the user is deleted" 204 "$STATUS"
scim DELETE "/Groups/$HARBOUR"
is "the group is deleted" "204 No such members" "$STATUS $(muster member list "$REALM")"

# The API key is deleted.
KEY=$(muster key list "$REALM" --json | json 'it["keys"][0]["id"]')
has "the key is revoked" "Key $KEY of realm $REALM is revoked" "$(muster key revoke "$REALM" "$KEY")"
test_connection
is "from the next request on" 401 "$STATUS"
has "the log has who was not let in" "authentication/authenticate  401" \
    "$(muster event list "$REALM" --kind authentication)"
has "and the list says so" "Key $KEY of realm $REALM is revoked" "$(muster key show "$REALM" "$KEY")"
echo walked
