# Short names for what this repository does often. Needs `just` and bash; nothing here is more
# than a few lines of cargo, so that all of it can be done without.

target := env("CARGO_TARGET_DIR", "target")
scratch := env("TMPDIR", "/tmp") / "siptriage-bench"

# List the recipes (this is what `just` alone does)
list:
    @{{ quote(just_executable()) }} --list --unsorted

# Everything that CI checks: format, lints, API documentation, instruction counts, tests
check:
    .ci/run

# The tests, or those whose name contains NAME
test NAME="":
    cargo test --workspace --locked {{ NAME }}

# Write the traces of sample-logs, their truths and the golden reports again
samples:
    cargo run --locked -p siptriage-generator -- samples sample-logs
    UPDATE_SAMPLES=1 cargo test --locked -p siptriage --test samples
    UPDATE_DOCS=1 cargo test --locked -p siptriage --test readme

# Write the generated parts of README and docs again, and build the API documentation
doc:
    UPDATE_DOCS=1 cargo test --locked -p siptriage-diagnostics --test tables
    UPDATE_DOCS=1 cargo test --locked -p siptriage-judge --test rules_page
    UPDATE_DOCS=1 cargo test --locked -p siptriage-history --test simulation
    UPDATE_DOCS=1 cargo test --locked -p siptriage --test readme
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

# Compare counts with the truth of generated traces of BYTES each; needs three times BYTES of disk
truth BYTES="1000000000":
    TRACE_BYTES={{ BYTES }} cargo test --release --locked -p siptriage-scanner --test truth -- --ignored

# Measure siptriage against its goals, ripgrep and the limit; `just bench --help` tells the options
bench *OPTIONS:
    cargo run --release --locked -p siptriage-bench -- {{ OPTIONS }}

# Time the hot pieces alone, or those whose name contains NAME
pieces NAME="":
    cargo bench --locked -p siptriage-bench --bench pieces -- {{ NAME }}

# Count instructions of small scans, as CI does; `just instructions --accept` takes them as they are
instructions *OPTIONS:
    cargo run --release --locked -p siptriage-bench -- instructions {{ OPTIONS }}

# Show what a scan of CALLS plain calls holds in memory; needs GNU time, and 2.5 KB of disk for a call
memory CALLS="1000000":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release --locked -p siptriage -p siptriage-generator
    mkdir -p '{{ scratch }}'
    # What the program holds besides calls: a log of one call.
    for calls in 1 {{ CALLS }}; do
        trace='{{ scratch }}'/calls-$calls.txt
        if [ ! -e "$trace" ]; then
            '{{ target }}'/release/siptriage-generator calls "$trace" --calls $calls
        fi
        '{{ target }}'/release/siptriage --quiet --no-mmap "$trace" > /dev/null # into the cache
        /usr/bin/time -f "$calls calls: %M KiB at most, %e s" \
            '{{ target }}'/release/siptriage --quiet --no-mmap "$trace" > /dev/null
    done
    echo
    echo 'Remove {{ scratch }} when done.'
