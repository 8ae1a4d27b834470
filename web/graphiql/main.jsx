import { GraphiQL } from 'graphiql'
import 'graphiql/style.css'
import { createRoot } from 'react-dom/client'
import { defaultTabs } from './examples.js'
import favicon from './favicon.svg'
import { rememberFirstTab, storage } from './storage.js'
import './style.css'

// Relative to the page, so that it also works behind a proxy which serves Newsgraph under a path.
const endpoint = new URL('graphql', document.baseURI)

async function fetcher(request, { headers } = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(request),
  })
  if (!response.headers.get('content-type')?.includes('json')) {
    // A refusal before GraphQL (a body too large, a gateway error) is text: show it instead of a JSON syntax error.
    throw new Error(`${response.status} ${response.statusText}\n${await response.text()}`)
  }
  return response.json()
}

rememberFirstTab(defaultTabs[0])

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} storage={storage} defaultTabs={defaultTabs}>
    <GraphiQL.Logo>
      <span className="newsgraph-logo">
        <img src={favicon} alt="" />
        Newsgraph
      </span>
    </GraphiQL.Logo>
  </GraphiQL>,
)
