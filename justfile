# The steps of CI, by name. `.ci/run` runs them all, in this order.

# Lists the steps.
default:
    @just --list

# Formatting, and lints in all features and in each alone.
lint:
    .ci/run lint

# Documentation, with warnings as errors.
doc:
    .ci/run doc

# Unused dependencies, and what each crate publishes.
supply:
    .ci/run supply

# The incident, on real processes.
incident:
    .ci/run incident

# The whole suite.
test:
    .ci/run test

# Services of other frameworks, built, started and asked.
frameworks:
    .ci/run frameworks

# Everything.
ci:
    .ci/run

# Licences, banned crates and sources, by `deny.toml`.
deny:
    cargo deny --workspace check licenses bans sources

# Each crate, compiled from its archive.
publishable:
    .ci/run publishable

# The public API against the last tag.
semver:
    .ci/run semver

# Spelling, by `typos.toml`.
typos:
    typos

# What 1,000 replicas take, next to xargs, curl and jq, and 10,000 as a Prometheus has scraped them.
fleet:
    cargo build --release --locked --package selfsame-cli
    benches/fleet/measure target/release/selfsame
    benches/fleet/scraped target/release/selfsame
