#!/usr/bin/env bash
# graphql 17.1.0 (npm)
# Guess: one response name for `__typename` on one type and an `ID!` field on another is refused, as for any String and ID.
# Does: refuses a String field beside the `ID!`, and lets `__typename` (String!) pass.
# Bites: a document that the client's tools call valid is refused by servers that know the type of `__typename`.
# Seen: __typename 0, plain field 1 errors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{"private":true,"type":"module"}\n' > package.json
npm install --silent --no-audit --no-fund --save-exact graphql@17.1.0
cat > try.mjs <<'END'
import { buildSchema, parse, validate } from 'graphql';
function check(what, seen, expected) {
  const a = JSON.stringify(seen), b = JSON.stringify(expected);
  console.log(what, a);
  if (a !== b) { console.error(`changed: ${what}: expected ${b}`); process.exitCode = 1; }
}

const schema = buildSchema(`
  interface Item { slug: String! }
  type Article implements Item { slug: String! id: ID! }
  type Video implements Item { slug: String! id: ID! }
  type Query { item: Item }`);
const errors = (name) =>
  validate(schema, parse(`{ item { ... on Article { id: ${name} } ... on Video { id } } }`)).length;
check('__typename', errors('__typename'), 0);
check('plain field', errors('slug'), 1);
END
node try.mjs
