#!/usr/bin/env bash
# feed 6.0.0 (npm)
# Guess: the type that one gives for an enclosure is written in Atom as in RSS.
# Does: RSS says audio/mpeg, Atom says image/mp3: Atom leaves the given type out of account.
# Bites: players that choose by type skip the audio of the Atom feed.
# Seen: <link rel="enclosure" href="https://news.example/1.mp3" type="image/mp3" length="3"/>
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

check('Atom', enclosures(item({ enclosure: audio }).atom1()),
  ['<link rel="enclosure" href="https://news.example/1.mp3" type="image/mp3" length="3"/>']);
END
node try.mjs
