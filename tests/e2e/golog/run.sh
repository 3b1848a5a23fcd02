#!/bin/sh
# Verifies a log with Go's own transparency-log code: run.sh FOLDER VERIFIER_KEY.
# Exits with 77 (skipped) where Go is absent, or where its module is neither cached nor to be had.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: $0 FOLDER VERIFIER_KEY" >&2
    exit 2
fi
folder=$(cd "$1" && pwd)
if ! command -v go >/dev/null 2>&1; then
    echo "skipped: Go is not installed (apt-get install golang-go)" >&2
    exit 77
fi
cd "$(dirname "$0")/reader"
# The module is fetched once, checked against go.sum, and comes from Go's cache afterwards.
if ! GOFLAGS=-mod=readonly GOPROXY=off go list -deps . >/dev/null 2>&1 && ! go mod download; then
    echo "skipped: the Go module golang.org/x/mod is not cached and cannot be fetched" >&2
    exit 77
fi
binary=$(mktemp -d)
trap 'rm -rf "$binary"' EXIT
GOFLAGS=-mod=readonly GOPROXY=off go build -o "$binary/golog" .
"$binary/golog" "$folder" "$2"
