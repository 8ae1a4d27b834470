#!/usr/bin/env bash
# feedparser 6.0.14 (PyPI)
# Guess: `desk@north.press (The Desk)` gives that address and that name, as it does for `.com`.
# Does: cuts the address after four letters of the last part; the rest goes to the name, and the name keeps its opening bracket and loses the closing one.
# Bites: bylines of newsrooms with addresses under .media, .press or .london are wrong.
# Seen: {'name': 's (The Desk', 'email': 'desk@north.pres'}
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

def rss(item):
    return ('<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
            '<channel><title>News</title><link>https://news.example/</link><description>d</description>'
            f'<item><title>t</title>{item}</item></channel></rss>')

def author(text):
    return dict(feedparser.parse(rss(f'<author>{text}</author>')).entries[0].author_detail)
check('.com', author('desk@example.com (The Desk)'), {'name': 'The Desk', 'email': 'desk@example.com'})
check('.press', author('desk@north.press (The Desk)'), {'name': 's (The Desk', 'email': 'desk@north.pres'})
END
env/bin/python try.py
