#!/bin/sh
# Keeps what a submission is called in your system, and how far it is there; finds it by that name again.
#   link.sh ID SYSTEM KEY STATE     for instance: link.sh sub_... jira FAC-17 'In progress'
set -eu
# The words go into the JSON as they are; a program builds it with a library.
case "$*" in *[\"\\]* | *"
"*) echo 'No quotes, backslashes and line ends here.' >&2 && exit 2 ;; esac
: "${EARSHOT_URL:=http://127.0.0.1:8080}"

gql() {
  curl --silent --show-error --fail-with-body --write-out '\n' "$EARSHOT_URL/graphql" \
    --header "Authorization: Bearer $EARSHOT_TOKEN" --header 'Content-Type: application/json' --data @-
}

gql <<JSON
{
  "query": "mutation Link(\$input: ExternalLinkSetInput!) { externalLinkSet(input: \$input) { externalLink { system key state version } userErrors { field code message } } }",
  "variables": { "input": { "subjectId": "$1", "system": "$2", "key": "$3", "state": "$4" } }
}
JSON
gql <<JSON
{
  "query": "query Find(\$system: String!, \$key: String!) { submission(by: {externalLink: {system: \$system, key: \$key}}) { id reference } }",
  "variables": { "system": "$2", "key": "$3" }
}
JSON
