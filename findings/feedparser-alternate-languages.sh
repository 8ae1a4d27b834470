#!/usr/bin/env bash
# feedparser 6.0.14 (PyPI)
# Guess: with several Atom `alternate` links, `link` is the first, or the one in the language of the feed.
# Does: the last one wins, whatever its `hreflang` and the feed's `xml:lang` say.
# Bites: entries that name their translations lead readers to another language.
# Seen: https://news.example/a/fr.html in an English entry.
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

links = '<link rel="alternate" hreflang="en" href="en.html"/><link rel="alternate" hreflang="fr" href="fr.html"/>'
text = entry(links).replace('<entry>', '<entry xml:lang="en">')
check('link', feedparser.parse(text).entries[0].link, 'https://news.example/a/fr.html')
END
env/bin/python try.py
