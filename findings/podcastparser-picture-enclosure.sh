#!/usr/bin/env bash
# podcastparser 0.6.11 (PyPI)
# Guess: a Media RSS picture (`medium="image"`) is no enclosure, least of all before the real one.
# Does: lists it first among the enclosures, as application/octet-stream.
# Bites: code that plays the first enclosure plays a picture.
# Seen: 1.jpg application/octet-stream, then 1.mp3 audio/mpeg.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check podcastparser==0.6.11
cat > try.py <<'END'
import io
import podcastparser
import sys
def check(what, seen, expected):
    print(what, repr(seen))
    if seen != expected:
        sys.exit(f"changed: {what}: expected {expected!r}")

def rss(item):
    return ('<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
            '<channel><title>News</title><link>https://news.example/</link><description>d</description>'
            f'<item><title>t</title>{item}</item></channel></rss>')

text = rss('<media:content url="https://news.example/1.jpg" medium="image"/>'
           '<enclosure url="https://news.example/1.mp3" type="audio/mpeg" length="1"/><guid isPermaLink="false">1</guid>')
episode = podcastparser.parse('https://news.example/feed', io.BytesIO(text.encode()))['episodes'][0]
check('enclosures', [(e['url'], e['mime_type']) for e in episode['enclosures']], [
    ('https://news.example/1.jpg', 'application/octet-stream'), ('https://news.example/1.mp3', 'audio/mpeg')])
END
env/bin/python try.py
