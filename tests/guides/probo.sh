# Probo: Microsoft 365 (Entra ID) SCIM.
. "$GUIDES/lib.sh"

# Probo's organisation: SCIM is enabled; the endpoint's URL, and a token that is shown once.
muster realm create "$REALM" --display-name "Probo" --profile entra >/dev/null
copy "$(muster key create "$REALM" --name "Microsoft 365" --expires-in 365d)"
is "the endpoint's URL" "$MUSTER_URL/realms/$REALM/scim/v2" "$TENANT_URL"

# Mapped attributes: the table of core and enterprise attributes is what a realm has by default.
muster mapper list "$REALM" --json | json '"\n".join("{attribute} {path}".format(**m) for m in it["mappers"])' >mappers
row() {
    has "the table maps $1" "
$1 $2
" "
$(cat mappers)
"
}
row userPrincipalName userName
row displayName displayName
row givenName name.givenName
row surname name.familyName
row ImmutableId name.formatted
row honorificPrefix name.honorificPrefix
row honorificSuffix name.honorificSuffix
row mailNickname nickName
row accountEnabled active
row mail 'emails[type eq "work"].value'
row telephoneNumber 'phoneNumbers[type eq "work"].value'
row streetAddress 'addresses[type eq "work"].streetAddress'
row city 'addresses[type eq "work"].locality'
row state 'addresses[type eq "work"].region'
row postalCode 'addresses[type eq "work"].postalCode'
row country 'addresses[type eq "work"].country'
row jobTitle title
row userType userType
row preferredLanguage preferredLanguage
row usageLocation locale
row preferredDataLocation timezone
row mysiteUrl profileUrl
row employeeId $ENTERPRISE:employeeNumber
row companyName $ENTERPRISE:organization
row department $ENTERPRISE:department
row division $ENTERPRISE:division
row costCenter $ENTERPRISE:costCenter
row manager $ENTERPRISE:manager.value

# Duplicate users: whoever is in Probo already is imported, so that Entra's match adopts them.
cat >users.csv <<'CSV'
userName,givenName,familyName,email,department
ada@probo.example,Ada,Lovelace,ada@probo.example,Engines
grace@probo.example,Grace,Hopper,grace@probo.example,Compilers
,No,Name,nobody@probo.example,
CSV
refused "a line without a user name is refused" "1 user is invalid" \
    muster member import "$REALM" users.csv --dry-run
has "with its number and what is wrong" "attribute \`userName\` is required" "$(cat refused.out)"
sed -i '$d' users.csv
is "a dry run says what would be" '{"created": 2, "exists": 0, "invalid": 0}' \
    "$(muster member import "$REALM" users.csv --dry-run --json | json '{n: it[n] for n in ("created", "exists", "invalid")}')"
is "and makes nobody" "No such members" "$(muster member list "$REALM")"
has "the users are imported" "created        2" "$(muster member import "$REALM" users.csv)"
has "once" "there already  2" "$(muster member import "$REALM" users.csv)"
is "they came by an operator, and by no key" '[null, null]' \
    "$(muster member list "$REALM" --json | json '[m["createdBy"].get("key") for m in it["members"]]')"

# Entra: the enterprise application, Provisioning, Automatic, URL and token, Test Connection.
test_connection
is "the connection is tested" 200 "$STATUS"
# Assign users and groups, Start provisioning: Entra finds the user, whatever the case, and adopts it.
scim GET "/Users?filter=userName+eq+%22ADA@probo.example%22"
is "Entra's match finds who was imported" "1 ada@probo.example" \
    "$(echo "$ANSWER" | json 'str(it["totalResults"]) + " " + it["Resources"][0]["userName"]')"
ADA=$(echo "$ANSWER" | json 'it["Resources"][0]["id"]')
scim PATCH "/Users/$ADA" '{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [
    {"op": "Add", "path": "externalId", "value": "6e1c8f5d"},
    {"op": "Add", "path": "active", "value": "True"},
    {"op": "Add", "path": "displayName", "value": "Ada Lovelace"},
    {"op": "Add", "path": "title", "value": "Countess"},
    {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "London"},
    {"op": "Add", "path": "'$ENTERPRISE':manager", "value": "'"$ADA"'"}]}'
is "and adopts it" 200 "$STATUS"
is "the profile, as Probo knows it" \
    '{"userName": "ada@probo.example", "displayName": "Ada Lovelace", "givenName": "Ada", "familyName": "Lovelace", "active": true, "email": "ada@probo.example", "locality": "London", "title": "Countess", "department": "Engines", "manager": "'"$ADA"'"}' \
    "$(muster member show "$REALM" "$ADA" --json | json 'it["profile"]')"
scim POST /Users '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "externalId": "x", "userName": "Grace@probo.example"}'
is "a duplicate cannot be made" "409 uniqueness" "$STATUS $(echo "$ANSWER" | json 'it["scimType"]')"
is "there are as many as before" 2 "$(muster member list "$REALM" --json | json 'len(it["members"])')"

# Troubleshooting, the first symptom: users are not provisioned. Is the token right, is SCIM enabled?
good=$SECRET_TOKEN
SECRET_TOKEN=mst_000000000000_wrong
test_connection
is "a wrong token" 401 "$STATUS"
SECRET_TOKEN=$good
is "leaves its trace" "authenticate 401 /Users" \
    "$(muster event list "$REALM" --kind authentication --limit 1 --json | json '"{action} {status} {path}".format(**it["events"][0])')"
muster realm disable "$REALM" >/dev/null
test_connection
is "SCIM is not enabled" 403 "$STATUS"
has "the administrator sees it" "Realm $REALM is disabled" "$(muster realm show "$REALM")"
muster realm enable "$REALM" >/dev/null

# The second symptom: attributes. Entra's log and the realm's have one sentence; without the value
# that was sent, where the realm keeps no values.
for values in off on; do
    muster realm update "$REALM" --event-values $values >/dev/null
    scim POST /Users '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve@probo.example", "active": "perhaps"}'
    is "a value that its attribute cannot hold" "400 invalidValue" "$STATUS $(echo "$ANSWER" | json 'it["scimType"]')"
    sentence=$(echo "$ANSWER" | json 'it["detail"]')
    has "is named with its attribute" "\`active\` must be a boolean (\`true\` or \`false\`), not the string \`perhaps\`" "$sentence"
    if [ $values = off ]; then
        sentence=$(echo "$sentence" | sed 's/perhaps/…/')
    fi
    is "both logs have one sentence and one request id, values $values" "$sentence $REQUEST_ID" \
        "$(muster event list "$REALM" --status 400 --limit 1 --json | json '"{detail} {requestId}".format(**it["events"][0])')"
done
has "a person finds it" "$sentence" "$(muster event list "$REALM" --kind refusal --since 1h)"

# The third symptom: duplicate users. They are refused, and that is on record.
has "the refused duplicate" "another User already has the userName" "$(muster event list "$REALM" --status 409)"

# The fourth symptom: users are not deactivated. A guard against too many at once holds them back.
muster realm update "$REALM" --guard 1/1h >/dev/null
replace "$ADA" active False
is "the first is deactivated" "200 deactivated" \
    "$STATUS $(muster member show "$REALM" "$ADA" --json | json 'it["state"]')"
GRACE=$(muster member list "$REALM" --q grace --json | json 'it["members"][0]["id"]')
replace "$GRACE" active False
is "the second is not" "403 provisioned" \
    "$STATUS $(muster member show "$REALM" "$GRACE" --json | json 'it["state"]')"
has "Entra's log says why" "deletion guard" "$ANSWER"
has "and the realm since when" "refuses since" "$(muster realm show "$REALM")"
muster realm release "$REALM" >said
has "the administrator means it" "Deletion guard  1 in 1h" "$(cat said)"
replace "$GRACE" active False
is "then it goes on" 200 "$STATUS"
is "all of it is on record" '["tripGuard", "releaseGuard"]' \
    "$(muster event list "$REALM" --kind guard --json | json '[e["action"] for e in reversed(it["events"])]')"
has "the guard is taken away" "Deletion guard  off" "$(muster realm update "$REALM" --guard off)"

# Deactivation and deletion: unassigned or disabled users are deactivated, and can come back.
is "who is deactivated" '["ada@probo.example", "grace@probo.example"]' \
    "$(muster member list "$REALM" --state deactivated --json | json 'sorted(m["userName"] for m in it["members"])')"
replace "$GRACE" active True
is "who is assigned again" "200 provisioned" \
    "$STATUS $(muster member show "$REALM" "$GRACE" --json | json 'it["state"]')"
scim DELETE "/Users/$ADA"
is "who is permanently removed" "204 1" "$STATUS $(muster member list "$REALM" --json | json 'len(it["members"])')"

# The organisation leaves: an export for the record, and then nothing is left.
has "an export" "2 items in realm.jsonl" "$(muster realm export "$REALM" realm.jsonl)"
has "the realm is deleted" "Realm $REALM is deleted" "$(muster realm delete "$REALM" --yes)"
test_connection
is "its URL answers nobody" 401 "$STATUS"
refused "and it is not there" "there is no realm \`$REALM\`" muster realm show "$REALM"
echo walked
