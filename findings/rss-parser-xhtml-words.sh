#!/usr/bin/env bash
# rss-parser 3.13.0 (npm)
# Guess: Atom content and titles of type xhtml come out as the markup, or as its text.
# Does: moves the text of an element before its child elements, so that words change places. An xhtml title comes out as an object.
# Bites: "not guilty" with emphasis on "not" reads wrongly; code that trims titles fails on an object.
# Seen: "The court found her  guilty.not", title type object.
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

const xhtml = (body) => `<div xmlns="http://www.w3.org/1999/xhtml">${body}</div>`;
const one = await item(`<title>t</title><content type="xhtml">${xhtml('<p>The court found her <em>not</em> guilty.</p>')}</content>`);
check('text', one.contentSnippet, 'The court found her  guilty.not');
const two = await item(`<title type="xhtml">${xhtml('A <em>new</em> bridge')}</title>`);
check('title', typeof two.title, 'object');
END
node try.mjs
