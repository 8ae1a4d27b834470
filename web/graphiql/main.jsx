import { GraphiQL } from 'graphiql'
import 'graphiql/style.css'
import { createRoot } from 'react-dom/client'
import { defaultTabs } from './examples.js'
import favicon from './favicon.svg'
import { FirstSteps } from './first-steps.jsx'
import { linkedTab } from './link.js'
import { rememberFirstTab, storage } from './storage.js'
import './style.css'

// Relative to the page, so that it also works behind a proxy which serves Newsgraph under a path.
const endpoint = new URL('graphql', document.baseURI)

const about =
  'Everything that a news page shows, in one request: articles with their text and pictures, stories, galleries, ' +
  'top stories, most-read lists and search. Begin with the fields of **Query**; each one says what it is for.'

const newTab = `# Write a query here. Ctrl-Space lists what there is, and
# Ctrl-Enter runs it.
{
  sections { id name }
}
`

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
  const answer = await response.json()
  // Without it the documentation explorer shows a stock text of its own.
  if (answer.data?.__schema) answer.data.__schema.description ??= about
  return answer
}

// A link to a query opens it as a tab, once: a reload finds the tab.
const linked = linkedTab(location.search)
if (linked) history.replaceState(null, '', location.pathname + location.hash)
const tabs = linked ? [linked, ...defaultTabs] : defaultTabs

rememberFirstTab(tabs[0])

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={tabs}
    defaultQuery={newTab}
    query={linked?.query}
    variables={linked?.variables ?? undefined}
  >
    <GraphiQL.Logo>
      <span className="newsgraph-logo">
        <img src={favicon} alt="" />
        Newsgraph
      </span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <FirstSteps />
    </GraphiQL.Footer>
  </GraphiQL>,
)
