#!/usr/bin/env bash
# rss-parser 3.13.0 (npm)
# Guess: several `dc:creator` (RSS) or `author` (Atom) come as a list or as one joined text, as several categories do.
# Does: keeps the first and drops the others.
# Bites: bylines of two reporters lose the second one.
# Seen: creator "Ann Example", author "Ann Example", categories ["a","b"].
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

const rss = await new Parser().parseString(`<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>News</title><link>https://news.example/</link><description>d</description><item><title>t</title>
<dc:creator>Ann Example</dc:creator><dc:creator>Ben Example</dc:creator>
<category>a</category><category>b</category></item></channel></rss>`);
check('creator', rss.items[0].creator, 'Ann Example');
check('second creator is in the item', JSON.stringify(rss.items[0]).includes('Ben'), false);
check('categories', rss.items[0].categories, ['a', 'b']);
const atom = await item('<title>t</title><author><name>Ann Example</name></author><author><name>Ben Example</name></author>');
check('author', atom.author, 'Ann Example');
check('second author is in the item', JSON.stringify(atom).includes('Ben'), false);
END
node try.mjs
