#!/usr/bin/env bash
# @apollo/client 4.3.8 (npm)
# Guess: an answer without fields that the query asked for ends in an error, with the error policy `none`.
# Does: gives the short data, with no error, whether it goes through the cache or not.
# Bites: a proxy or a mock that leaves fields out shows up later, as undefined values in a page.
# Seen: {} and an article without its headline, error null.
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

const query = gql`{ article { id headline } }`;
for (const data of [{}, { article: { __typename: 'Article', id: '1' } }]) {
  for (const fetchPolicy of ['no-cache', 'cache-first']) {
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new ApolloLink(() => of({ data })),
    });
    const answer = await client.query({ query, fetchPolicy, errorPolicy: 'none' });
    check(fetchPolicy, [answer.data, answer.error ?? null], [data, null]);
  }
}
END
node try.mjs
