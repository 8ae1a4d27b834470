#!/usr/bin/env bash
# feedparser 6.0.14 (PyPI)
# Guess: deleted entries of Atom (RFC 6721) are a list, or left out.
# Does: puts the last one on the feed itself as `at_deleted-entry` (named after the prefix); those before it are lost.
# Bites: a reader that takes withdrawals from there misses all but one for each fetch.
# Seen: only urn:example:2, and no entries.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check feedparser==6.0.14
cat > try.py <<'END'
import feedparser
import sys
def check(what, seen, expected):
    print(what, repr(seen))
    if seen != expected:
        sys.exit(f"changed: {what}: expected {expected!r}")

def atom(body):
    return ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
            'xml:base="https://news.example/a/"><title>News</title><id>urn:example:feed</id>'
            f'<updated>2026-01-01T00:00:00Z</updated>{body}</feed>')
def entry(body):
    return atom(f'<entry><id>urn:example:1</id><title>t</title><updated>2026-01-01T00:00:00Z</updated>{body}</entry>')

gone = ''.join(f'<at:deleted-entry ref="urn:example:{n}" when="2026-01-0{n}T00:00:00Z"/>' for n in (1, 2))
f = feedparser.parse(atom(gone))
check('deleted', dict(f.feed['at_deleted-entry']), {'ref': 'urn:example:2', 'when': '2026-01-02T00:00:00Z'})
check('first one is in the result', 'urn:example:1' in repr(f.feed), False)
check('entries', len(f.entries), 0)
END
env/bin/python try.py
