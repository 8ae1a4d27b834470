#!/usr/bin/env bash
# graphql 17.1.0 (npm)
# Guess: a nullable variable in the field of a OneOf input object is refused by validation, however the argument is declared.
# Does: refuses it when the argument is `by: ArticleBy`. Lets it pass when it is `by: ArticleBy!`, or a list of them.
# Bites: an editor or a linter built on it calls a document valid that a strict server refuses.
# Seen: loose 1, strict 0, list 0 errors.
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
  input ArticleBy @oneOf { id: ID slug: String }
  type Query { loose(by: ArticleBy): ID strict(by: ArticleBy!): ID list(by: [ArticleBy!]): ID }`);
const errors = (text) => validate(schema, parse(text)).length;
check('loose', errors('query ($id: ID) { loose(by: {id: $id}) }'), 1);
check('strict', errors('query ($id: ID) { strict(by: {id: $id}) }'), 0);
check('list', errors('query ($id: ID) { list(by: [{id: $id}]) }'), 0);
END
node try.mjs
