#!/bin/sh
# Rebuilds the page and fails when dist/ does not hold the same content. The compression itself is not compared.
set -eu
cd "$(dirname "$0")"

if grep -n '"resolved"' package-lock.json; then
    echo 'package-lock.json names download addresses: npm install --omit-lockfile-registry-resolved' >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm ci --no-audit --no-fund
node_modules/.bin/vite build --outDir "$work/built" --logLevel warn
cp -R dist "$work/kept"
find "$work/kept" -name '*.gz' -exec gzip -d {} +
if ! diff -rq "$work/kept" "$work/built"; then
    echo 'dist/ is stale: run `npm run build` in web/ and commit the result' >&2
    exit 1
fi
echo 'dist/ is up to date'
