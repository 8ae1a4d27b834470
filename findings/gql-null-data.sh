#!/usr/bin/env bash
# gql 4.4.0 (PyPI)
# Guess: the answer `{"data": null, "extensions": {...}}` is returned as None, or raised as an error of the GraphQL kind.
# Does: raises a bare AssertionError, which `except TransportError` does not catch.
# Bites: servers that answer a dry run with null data and extensions only.
# Seen: AssertionError: Transport returned an ExecutionResult without data or errors
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check gql==4.4.0
cat > try.py <<'END'
from gql import Client, gql
from gql.transport import Transport
from gql.transport.exceptions import TransportError
from graphql import ExecutionResult
import sys
def check(what, seen, expected):
    print(what, repr(seen))
    if seen != expected:
        sys.exit(f"changed: {what}: expected {expected!r}")

class Fixed(Transport):
    def execute(self, *args, **kwargs):
        return ExecutionResult(data=None, errors=None, extensions={'cost': 5})
try:
    seen = ('returned', Client(transport=Fixed()).execute(gql('{ count }')))
except Exception as error:
    seen = (type(error).__name__, isinstance(error, TransportError))
check('null data', seen, ('AssertionError', False))
END
env/bin/python try.py
