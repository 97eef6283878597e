# Shortcuts; `just` lists them.

_default:
    @just --list

# The board with sample data and a simulated Jira.
demo *args:
    cargo run --release -- demo {{args}}

# Everything, as CI runs it before the lints.
test:
    ./test

# What runs without a server.
quick:
    cargo test --workspace --locked

# Formatting and lints.
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# What may come in from outside: advisories, licences, sources.
deny:
    cargo deny check
