#!/usr/bin/env bash
# fastfeedparser 0.6.5 (PyPI)
# Guess: `authors` is a list of all authors, as in feedparser, whose names it uses.
# Does: the list holds the first one only, in RSS, Atom and JSON Feed 1.1 alike.
# Bites: moving from feedparser loses the second author without a sign.
# Seen: [{'name': 'Ann Example'}] three times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check fastfeedparser==0.6.5
cat > try.py <<'END'
import json
import fastfeedparser
import sys
def check(what, seen, expected):
    print(what, repr(seen))
    if seen != expected:
        sys.exit(f"changed: {what}: expected {expected!r}")

def rss(item):
    return ('<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
            '<channel><title>News</title><link>https://news.example/</link><description>d</description>'
            f'<item><title>t</title>{item}</item></channel></rss>')

def atom(body):
    return ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" '
            'xml:base="https://news.example/a/"><title>News</title><id>urn:example:feed</id>'
            f'<updated>2026-01-01T00:00:00Z</updated>{body}</feed>')
def entry(body):
    return atom(f'<entry><id>urn:example:1</id><title>t</title><updated>2026-01-01T00:00:00Z</updated>{body}</entry>')

names = ('Ann Example', 'Ben Example')
feeds = {
    'RSS': rss(''.join(f'<dc:creator>{n}</dc:creator>' for n in names)),
    'Atom': entry(''.join(f'<author><name>{n}</name></author>' for n in names)),
    'JSON Feed': json.dumps({'version': 'https://jsonfeed.org/version/1.1', 'title': 'News', 'items': [
        {'id': '1', 'content_text': 'x', 'authors': [{'name': n} for n in names]}]}),
}
for kind, text in feeds.items():
    check(kind, [dict(a) for a in fastfeedparser.parse(text).entries[0]['authors']], [{'name': 'Ann Example'}])
END
env/bin/python try.py
