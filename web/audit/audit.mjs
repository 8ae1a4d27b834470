// Runs the GraphQL over HTTP audits of graphql-http: audit.mjs URL
// Prints a line of JSON for each audit and exits with 1 when a MUST or a SHOULD is not met.
import { serverAudits } from 'graphql-http'

const url = process.argv[2]
if (!url) {
  console.error('usage: audit.mjs URL')
  process.exit(2)
}

let failed = 0
for (const { id, name, fn } of serverAudits({ url, fetchFn: fetch })) {
  let result
  try {
    result = await fn()
  } catch (error) {
    // The suite throws when it cannot even judge the answer, such as a lost connection.
    const cause = error.cause ? ` (${error.cause.message})` : ''
    result = { status: 'error', reason: `${error.message}${cause}` }
  }
  const { status, reason } = result
  console.log(JSON.stringify({ id, name, status, reason }))
  if (status === 'error' || status === 'warn') failed += 1
}
process.exitCode = failed ? 1 : 0
