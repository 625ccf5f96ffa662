#!/bin/sh
# Plays the reviewer of the demo: signs in by the one-time link, accepts an idea, and tells at once.
#   announce.sh LINK ID
set -eu
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

gql() { curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" --header 'Content-Type: application/json' "$@"; }

SIGNED_IN=$(gql --data "{\"query\": \"mutation { signInByLink(input: {token: \\\"${1##*token=}\\\"}) { accessToken userErrors { message } } }\"}") || true
ACCESS=$(printf '%s' "$SIGNED_IN" | sed -n 's/.*"accessToken":"\([^"]*\)".*/\1/p')
if [ -z "$ACCESS" ]; then
  echo "Not signed in: $SIGNED_IN" >&2
  exit 1
fi
gql --header "Authorization: Bearer $ACCESS" --data "{\"query\": \"mutation { submissionMove(input: {id: \\\"$2\\\", to: ACCEPTED, message: \\\"Good idea. It comes in March.\\\", announce: NOW}) { submission { reference phase } userErrors { message } } }\"}"
