#!/bin/sh
# The first query: who am I, and which ideas may I read?
set -eu
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" \
  --header "Authorization: Bearer $EARSHOT_TOKEN" \
  --header 'Content-Type: application/json' \
  --data '{"query": "{ viewer { service { name } person { name } } ideas(first: 3) { totalCount nodes { reference title shownPhase } pageInfo { hasNextPage endCursor } } }"}'
