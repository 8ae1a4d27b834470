#!/usr/bin/env bash
# rss-parser 3.13.0 (npm)
# Guess: an Atom entry with `published` and `updated` gives both times.
# Does: gives `published` as pubDate and isoDate. `updated` is nowhere in the item. Without `published`, `updated` passes for pubDate.
# Bites: a reader cannot see that an article was corrected, and an old article without `published` looks new.
# Seen: with both 2026-01-01T00:00:00.000Z and no trace of 01-05; alone 2026-01-05T01:00:00.000Z.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{"private":true,"type":"module"}\n' > package.json
npm install --silent --no-audit --no-fund --save-exact rss-parser@3.13.0
cat > try.mjs <<'END'
import Parser from 'rss-parser';
function check(what, seen, expected) {
  const a = JSON.stringify(seen), b = JSON.stringify(expected);
  console.log(what, a);
  if (a !== b) { console.error(`changed: ${what}: expected ${b}`); process.exitCode = 1; }
}

const feed = (entry) => `<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:example:feed</id>
<updated>2026-01-05T00:00:00Z</updated><entry><id>urn:example:1</id><updated>2026-01-05T01:00:00Z</updated>
<link href="https://news.example/1"/>${entry}</entry></feed>`;
const item = async (entry) => (await new Parser().parseString(feed(entry))).items[0];

const both = await item('<title>t</title><published>2026-01-01T00:00:00Z</published>');
check('with both', both.pubDate, '2026-01-01T00:00:00.000Z');
check('the update is in the item', JSON.stringify(both).includes('2026-01-05'), false);
check('updated alone', (await item('<title>t</title>')).pubDate, '2026-01-05T01:00:00.000Z');
END
node try.mjs
