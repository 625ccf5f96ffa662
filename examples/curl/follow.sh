#!/bin/sh
# The first subscription: each announced step of each idea, as server-sent events, until it is stopped.
#   follow.sh [CURSOR]     goes on behind the event that has this id
set -eu
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

exec curl --silent --show-error --no-buffer "$EARSHOT_URL/graphql" \
  --header "Authorization: Bearer $EARSHOT_TOKEN" \
  --header 'Content-Type: application/json' \
  --header 'Accept: text/event-stream' \
  ${1:+--header "Last-Event-ID: $1"} \
  --data '{"query": "subscription { ideaStatusChanged { cursor reference from to idea { title } } }"}'
