# Recipes of everyday work. `just` lists them; each is one command that also works without just.

# The list of recipes.
default:
    @just --list

# All tests: SQLite always, PostgreSQL when its binaries or TEST_DATABASE_URL are there.
test *ARGS:
    cargo test --workspace --locked {{ ARGS }}

# Formatting, lints, and what may come into the tree (needs cargo-deny).
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo deny --locked check bans licenses sources

# Writes the GraphQL schema that the binary serves to where it is committed.
schema:
    cargo run -q --locked -p earshot-api -- schema > target/schema.graphql
    cp target/schema.graphql api/schema.graphql

# Builds the explorer (GraphiQL) to where it is committed (needs Node).
explorer:
    cd explorer && npm ci && npm run build

# What is written from the code: docs/ERRORS.md, docs/SCHEMA-CHANGES.md, the examples in docs/INTEGRATING.md.
docs:
    EARSHOT_UPDATE=1 cargo test -q --locked -p tests --test it -- documentation:: schema_changes::

# Everything that has to pass before a change lands.
ci:
    bash .ci/run

# A server with the demo organisation on http://127.0.0.1:8080
demo:
    cargo run -p earshot-api -- serve --demo

# Pictures of all mails, phone and desktop, light and dark, in target/mails/screens (needs Node and Chromium).
screens:
    mkdir -p target/mails
    EARSHOT_MAIL_SAMPLES="{{ justfile_directory() }}/target/mails" cargo test -q --locked -p earshot-api --lib samples_for_the_eye
    cd tests/screens && npm ci && node mails.mjs "{{ justfile_directory() }}/target/mails"

# What counting behind causes costs at 60,000 submissions, on both databases (docs/adr/0012).
bench:
    cargo bench -p tests --locked --bench causes

# Lints what only a container engine can run (needs hadolint).
lint-docker:
    hadolint docker/Dockerfile
    docker compose --file docker/compose.yaml --env-file docker/example.env config --quiet
