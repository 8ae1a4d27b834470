// The query that an address of the page names, as `?query=…&variables=…`, in the form of a tab.
export function linkedTab(search) {
  const parameters = new URLSearchParams(search)
  const query = parameters.get('query')?.trim()
  return query ? { query, variables: pretty(parameters.get('variables')) } : null
}

function pretty(json) {
  if (!json) return null
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json // the editor says what is wrong with it
  }
}
