#!/usr/bin/env bash
# feedgen 1.0.0 (PyPI)
# Guess: `entry.enclosure(url, length, type)` is written in Atom as a link with rel="enclosure", its type and length.
# Does: writes the address alone. Without `rel` it is one more link to the article.
# Bites: readers of the Atom feed open the audio in place of the article, and find no enclosure.
# Seen: <link href="https://news.example/1"/><link href="https://news.example/1.mp3"/>
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check feedgen==1.0.0
cat > try.py <<'END'
import re
from feedgen.feed import FeedGenerator
import sys
def check(what, seen, expected):
    print(what, repr(seen))
    if seen != expected:
        sys.exit(f"changed: {what}: expected {expected!r}")

g = FeedGenerator()
g.id('urn:example:feed'); g.title('News'); g.description('d'); g.link(href='https://news.example/')
e = g.add_entry()
e.id('urn:example:1'); e.title('t'); e.link(href='https://news.example/1')
e.enclosure('https://news.example/1.mp3', '5', 'audio/mpeg')
links = re.findall('<link[^>]*>', g.atom_str().decode().split('<entry>')[1])
check('links', links, ['<link href="https://news.example/1"/>', '<link href="https://news.example/1.mp3"/>'])
END
env/bin/python try.py
