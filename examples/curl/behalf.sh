#!/bin/sh
# Sends something in the name of somebody: a kiosk, a form, a mailbox. They are the author: they are told, and may take it back.
#   behalf.sh KEY WHO TEXT     WHO is their staff code or mail address
set -eu
# The words go into the JSON as they are; a program builds it with a library.
case "$*" in *[\"\\]* | *"
"*) echo 'No quotes, backslashes and line ends here.' >&2 && exit 2 ;; esac
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" \
  --header "Authorization: Bearer $EARSHOT_TOKEN" \
  --header 'Content-Type: application/json' \
  --data @- <<JSON
{
  "query": "mutation Send(\$input: SubmissionSendInput!) { submissionSend(input: \$input) { alreadyReceived submission { id reference } userErrors { field code message } } }",
  "variables": { "input": { "clientKey": "$1", "authorExternalId": "$2", "text": "$3" } }
}
JSON
