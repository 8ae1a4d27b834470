#!/usr/bin/env bash
# atoma 0.0.17 (PyPI)
# Guess: Atom content of type xhtml comes out as markup or as text.
# Does: gives None, without an error. Content of type html comes out.
# Bites: the articles of such feeds are empty, as if the feed had none.
# Seen: xhtml None, html '<p>One</p>'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check atoma==0.0.17
cat > try.py <<'END'
import atoma
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

def content(body):
    c = atoma.parse_atom_bytes(entry(body).encode()).entries[0].content
    return c and c.value
check('xhtml', content('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p></div></content>'), None)
check('html', content('<content type="html">&lt;p&gt;One&lt;/p&gt;</content>'), '<p>One</p>')
END
env/bin/python try.py
