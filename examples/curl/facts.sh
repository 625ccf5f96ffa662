#!/bin/sh
# One page of the log: what happened since a cursor. Run it every minute, and keep `endCursor` for the next time.
#   facts.sh [CURSOR]     without one: from the oldest fact that is kept to be pulled, about 30 days back
set -eu
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

AFTER=null
[ $# -eq 0 ] || AFTER="\"$1\""
curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" \
  --header "Authorization: Bearer $EARSHOT_TOKEN" \
  --header 'Content-Type: application/json' \
  --data @- <<JSON
{
  "query": "query Pull(\$after: String) { facts(first: 50, after: \$after) { nodes { kind at subjectId details { name value } } pageInfo { hasNextPage endCursor } headCursor } }",
  "variables": { "after": $AFTER }
}
JSON
