#!/usr/bin/env bash
# feed 6.0.0 (npm)
# Guess: an item with an image and an enclosure has the enclosure in RSS, and the image somewhere else or not at all.
# Does: writes the image as the one enclosure; the audio is gone. Its type is made of the end of the address, whatever that is.
# Bites: a podcast item with a picture loses its audio. Addresses of image services give a type that is no media type.
# Seen: <enclosure url="https://news.example/image?id=5" length="0" type="image//image"/>
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{"private":true,"type":"module"}\n' > package.json
npm install --silent --no-audit --no-fund --save-exact feed@6.0.0
cat > try.mjs <<'END'
import { Feed } from 'feed';
function check(what, seen, expected) {
  const a = JSON.stringify(seen), b = JSON.stringify(expected);
  console.log(what, a);
  if (a !== b) { console.error(`changed: ${what}: expected ${b}`); process.exitCode = 1; }
}

const item = (more) => {
  const feed = new Feed({ title: 'News', id: 'https://news.example/', link: 'https://news.example/', copyright: '', updated: new Date(0) });
  feed.addItem({ title: 't', id: 'urn:example:1', link: 'https://news.example/1', date: new Date(0), ...more });
  return feed;
};
const enclosures = (xml) => xml.match(/<(enclosure|link rel="enclosure")[^>]*>/g);
const audio = { url: 'https://news.example/1.mp3', type: 'audio/mpeg', length: 3 };

check('RSS', enclosures(item({ enclosure: audio, image: 'https://news.example/image?id=5' }).rss2()),
  ['<enclosure url="https://news.example/image?id=5" length="0" type="image//image"/>']);
check('without image', enclosures(item({ enclosure: audio }).rss2()),
  ['<enclosure length="3" type="audio/mpeg" url="https://news.example/1.mp3"/>']);
END
node try.mjs
