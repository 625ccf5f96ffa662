#!/bin/sh
# The first mutation: send an idea. Sent again with the same key, it is received once.
#   mutation.sh KEY TEXT     (a text without quotes and backslashes: it goes into the JSON as it is)
set -eu
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" \
  --header "Authorization: Bearer $EARSHOT_TOKEN" \
  --header 'Content-Type: application/json' \
  --data @- <<JSON
{
  "query": "mutation Send(\$input: SubmissionSendInput!) { submissionSend(input: \$input) { alreadyReceived submission { id reference } userErrors { field code message } } }",
  "variables": { "input": { "kind": "IDEA", "clientKey": "$1", "text": "$2" } }
}
JSON
