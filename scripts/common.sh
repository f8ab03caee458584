# shellcheck shell=bash
# What the scripts share; sourced, not run.

# The package's folder, so that every script works from any directory.
# shellcheck disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# One line of progress, on stderr so that it never mixes with a program's output.
say() { printf '%s\n' "$*" >&2; }

# An explanation, then the end.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    shift
    local line
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}
