const queries = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const variables = import.meta.glob('./examples/*.variables.json', { query: '?raw', import: 'default', eager: true })

export const defaultTabs = Object.keys(queries)
  .sort()
  .map(file => ({
    query: queries[file].trimEnd(),
    variables: variables[file.replace('.graphql', '.variables.json')]?.trimEnd() ?? null,
  }))
