#!/usr/bin/env bash
# fastfeedparser 0.6.5 (PyPI)
# Guess: links of an Atom feed are resolved against its `xml:base`; content of type xhtml is the markup in its div.
# Does: gives the relative link as it stands, and wraps the content in Atom's own `content` element.
# Bites: links lead nowhere, and pages get an unknown element with a namespace.
# Seen: x.html, and content that starts with <content
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check fastfeedparser==0.6.5
cat > try.py <<'END'
import fastfeedparser
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

e = fastfeedparser.parse(entry('<link href="x.html"/><content type="xhtml">'
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>One</p></div></content>')).entries[0]
check('link', e['link'], 'x.html')
check('content', e['content'][0]['value'].split(' ')[0], '<content')
END
env/bin/python try.py
