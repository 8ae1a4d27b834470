#!/usr/bin/env bash
# @apollo/client 4.3.8 (npm)
# Guess: `client.query` hands over the `extensions` of an answer, as `client.mutate` does.
# Does: mutate returns them, query drops them.
# Bites: query cost, trace ids and deprecation notes that a server sends in `extensions` reach only a link of one's own.
# Seen: mutate {"cost":5}, query null.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{"private":true,"type":"module"}\n' > package.json
npm install --silent --no-audit --no-fund --save-exact @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2
cat > try.mjs <<'END'
import { ApolloClient, ApolloLink, InMemoryCache, gql } from '@apollo/client';
import { of } from 'rxjs';
function check(what, seen, expected) {
  const a = JSON.stringify(seen), b = JSON.stringify(expected);
  console.log(what, a);
  if (a !== b) { console.error(`changed: ${what}: expected ${b}`); process.exitCode = 1; }
}

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new ApolloLink(() => of({ data: { count: 1 }, extensions: { cost: 5 } })),
});
const mutated = await client.mutate({ mutation: gql`mutation { count }` });
const queried = await client.query({ query: gql`{ count }` });
check('mutate', mutated.extensions ?? null, { cost: 5 });
check('query', queried.extensions ?? null, null);
END
node try.mjs
