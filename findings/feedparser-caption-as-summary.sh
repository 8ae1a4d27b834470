#!/usr/bin/env bash
# feedparser 6.0.14 (PyPI)
# Guess: the `media:description` of a picture stays with the picture; the item's `description` is the summary.
# Does: a caption that comes first becomes the summary, and the real one becomes content. The picture has no caption.
# Bites: lists of articles show the caption of a picture in place of the teaser.
# Seen: summary 'A bridge at dawn', content 'The council votes.'
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

media = '<media:content url="https://news.example/1.jpg"><media:description>A bridge at dawn</media:description></media:content>'
e = feedparser.parse(rss(media + '<description>The council votes.</description>')).entries[0]
check('summary', e.summary, 'A bridge at dawn')
check('content', e.content[0].value, 'The council votes.')
check('picture', dict(e.media_content[0]), {'url': 'https://news.example/1.jpg'})
END
env/bin/python try.py
