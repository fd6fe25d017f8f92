# What the walks share: checks that count themselves, JSON, and requests as Entra ID and as the
# software company's own backend send them. Sourced by each walk, which runs in an empty directory;
# `run` says how the variables come.

set -u
REALM=$(basename "$0" .sh)
ENTRA='Microsoft-Azure-AD-Provisioning'
CUSTOM=urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User
ENTERPRISE=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User

# is TITLE EXPECTED SEEN. Expected is something: nothing equals the nothing of a step that broke.
is() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        echo "ok $1"
    else
        complain "$1" "$2" "$3"
    fi
}

# has TITLE TEXT SEEN: the text is somewhere in what was seen.
has() {
    case "$3" in
    *"${2:-nothing was expected}"*) echo "ok $1" ;;
    *) complain "$1" "… $2 …" "$3" ;;
    esac
}

complain() {
    echo "not ok $1"
    printf 'expected: %s\nseen:     %s\n' "$2" "$3" | sed 's/^/    /'
}

# refused TITLE TEXT COMMAND…: the tool ends with 1 and says so on standard error.
refused() {
    title=$1 text=$2
    shift 2
    said=$("$@" 2>&1 >refused.out)
    code=$?
    if [ $code = 1 ]; then
        has "$title" "$text" "$said"
    else
        complain "$title" "exit code 1" "$code: $said"
    fi
}

# json EXPRESSION <JSON: what Python makes of it, `it` being the JSON. Texts come bare, all else as JSON.
json() {
    python3 -c '
import json, sys
it = json.load(sys.stdin)
seen = eval(sys.argv[1], {"it": it, "json": json})
print(seen if isinstance(seen, str) else json.dumps(seen, ensure_ascii=False))' "$1"
}

# scim METHOD PATH [BODY]: what Entra ID sends with SECRET_TOKEN to TENANT_URL; then STATUS, ANSWER
# and REQUEST_ID are there.
scim() {
    request "$TENANT_URL$2" "$SECRET_TOKEN" "$1" application/scim+json "$ENTRA" "${3-}"
}

# admin METHOD PATH [BODY]: the company's backend, with the admin token.
admin() {
    request "$MUSTER_URL/admin/v1$2" "$(cat "$MUSTER_ADMIN_TOKEN_FILE")" "$1" application/json backend "${3-}"
}

request() {
    url=$1 token=$2 method=$3 type=$4 agent=$5 body=$6
    set -- --silent --show-error --noproxy '*' --request "$method" --user-agent "$agent" \
        --header "Authorization: Bearer $token" --header "Content-Type: $type; charset=utf-8"
    if [ -n "$body" ]; then
        set -- "$@" --data-binary "$body"
    fi
    STATUS=$(curl "$@" --output answer --dump-header head --write-out '%{http_code}' "$url")
    ANSWER=$(cat answer)
    REQUEST_ID=$(tr -d '\r' <head | sed -n 's/^x-request-id: //p')
}

# test_connection: asks for a user whom nobody has, as the button of that name does.
test_connection() {
    scim GET "/Users?filter=userName+eq+%22b7f4a2f0-4a53-4f0a-9d2c-6f3f8a0b1c2d%22"
}

# replace ID PATH VALUE: a change of one attribute of a user, in Entra's default dialect.
replace() {
    scim PATCH "/Users/$1" '{
      "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      "Operations": [{"op": "Replace", "path": "'"$2"'", "value": "'"$3"'"}]}'
}

# copy TEXT: takes Tenant URL and Secret Token off what the tool has printed, as a person does.
copy() {
    TENANT_URL=$(echo "$1" | sed -n 's/^ *Tenant URL *//p')
    SECRET_TOKEN=$(echo "$1" | sed -n 's/^ *Secret Token *//p')
}
