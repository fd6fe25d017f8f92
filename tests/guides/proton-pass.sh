# Proton Pass for Business: how to set up SCIM on Microsoft Entra ID.
. "$GUIDES/lib.sh"

# The organisation has single sign-on. Its users shall be invited when they are first provisioned,
# and count when an administrator has confirmed them.
made=$(muster realm create "$REALM" --display-name "Proton Pass" --profile entra --invitation on)
has "a realm for the organisation" "Realm $REALM is enabled" "$made"
has "which invites" "Invitation      on" "$made"

# Single sign-on > SCIM automatic provisioning: copy the SCIM base URL, generate a SCIM token.
key=$(muster key create "$REALM" --name "SCIM automatic provisioning" --expires-in 365d)
copy "$key"
is "the base URL is the realm's" "$(muster realm show "$REALM" --json | json 'it["tenantUrl"]')" "$TENANT_URL"
has "the token is shown, this once" "mst_" "$SECRET_TOKEN"
listed=$(muster key list "$REALM" --json)
KEY=$(echo "$listed" | json 'it["keys"][0]["id"]')
is "and in no list" False "$(echo "$listed" | json 'str("'"$SECRET_TOKEN"'" in json.dumps(it))')"

# Entra: paste both under Admin Credentials, Test connection, Save.
test_connection
is "the connection is tested: green" "200 0" "$STATUS $(echo "$ANSWER" | json 'it["totalResults"]')"
good=$SECRET_TOKEN
SECRET_TOKEN=${good%?}
test_connection
is "with a token that was not copied whole it fails" 401 "$STATUS"
has "and says what to look at" "copied whole" "$ANSWER"
SECRET_TOKEN=$good

# Users and groups > Add user/group > Assign. Entra looks for each by its matching property, then makes it.
scim GET "/Users?filter=userName+eq+%22ada@proton.example%22"
is "nobody of that name yet" 0 "$(echo "$ANSWER" | json 'it["totalResults"]')"
scim POST /Users '{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "'$ENTERPRISE'"],
  "externalId": "ada", "userName": "ada@proton.example", "active": true, "displayName": "Ada Lovelace",
  "emails": [{"primary": true, "type": "work", "value": "ada@proton.example"}],
  "meta": {"resourceType": "User"}, "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"}}'
is "a user is provisioned" 201 "$STATUS"
ADA=$(echo "$ANSWER" | json 'it["id"]')
scim GET "/Users/$ADA"
before=$ANSWER

# The admin panel lists the users: they are invited, and by whom they came.
is "and invited" "invited SCIM automatic provisioning" \
    "$(muster member show "$REALM" "$ADA" --json | json 'it["state"] + " " + it["createdBy"]["name"]')"
has "the list says so" "ada@proton.example  invited" "$(muster member list "$REALM")"

# Nobody is confirmed who has not accepted the invitation.
refused "a confirmation comes after the acceptance" "allowed from there: accepted" \
    muster member state "$REALM" "$ADA" confirmed
# The user follows the invitation: the product's backend says so.
admin PATCH "/realms/$REALM/members/$ADA" '{"state": "accepted"}'
is "the user accepts" "200 accepted" "$STATUS $(echo "$ANSWER" | json 'it["state"]')"
# The administrator confirms.
has "the administrator confirms" "User $ADA is confirmed" "$(muster member state "$REALM" "$ADA" confirmed)"
is "whom to ask for by state" '["ada@proton.example"]' \
    "$(muster member list "$REALM" --state confirmed --json | json '[m["userName"] for m in it["members"]]')"
is "every step is on record" '["invited→accepted", "accepted→confirmed"]' \
    "$(muster event list "$REALM" --kind member --json | json '[e["detail"] for e in reversed(it["events"])]')"
scim GET "/Users/$ADA"
is "Entra sees nothing of it" "$before" "$ANSWER"

# SCIM automatic provisioning is switched off, and on again.
has "provisioning is switched off" "Realm $REALM is disabled" "$(muster realm disable "$REALM")"
replace "$ADA" displayName "Ada King"
is "Entra is refused" 403 "$STATUS"
has "and told why" "is disabled" "$ANSWER"
is "the log has it" "refusal patch 403 $REQUEST_ID" \
    "$(muster event list "$REALM" --kind refusal --limit 1 --json | json '"{kind} {action} {status} {requestId}".format(**it["events"][0])')"
has "provisioning is switched on" "Realm $REALM is enabled" "$(muster realm enable "$REALM")"
replace "$ADA" displayName "Ada King"
is "Entra goes on" "200 Ada King" "$STATUS $(echo "$ANSWER" | json 'it["displayName"]')"

# Users are edited and removed in Entra: unassigned, assigned again, deleted.
replace "$ADA" active False
is "who is unassigned is deactivated" "200 deactivated" \
    "$STATUS $(muster member show "$REALM" "$ADA" --json | json 'it["state"]')"
replace "$ADA" active True
is "who comes back needs no second invitation" "200 confirmed" \
    "$STATUS $(muster member show "$REALM" "$ADA" --json | json 'it["state"]')"
scim DELETE "/Users/$ADA"
is "who is removed is gone" "204 No such members" "$STATUS $(muster member list "$REALM")"

# Generate new token: the old one is replaced.
rotated=$(muster key rotate "$REALM" "$KEY" --overlap 0s)
has "the token is replaced" "Key $KEY, which it replaces, works no more" "$rotated"
test_connection
is "the old one is refused" 401 "$STATUS"
copy "$rotated"
test_connection
is "the new one works" 200 "$STATUS"
is "and both are listed with their states" '["expired", "active"]' \
    "$(muster key list "$REALM" --json | json '[k["state"] for k in it["keys"]]')"
echo walked
