// Keys have our own prefix: on a developer's localhost, another project's GraphiQL may have left its tabs behind.
const prefix = 'newsgraph:'
const ownKeys = () => Object.keys(localStorage).filter(key => key.startsWith(prefix))

export const storage = {
  getItem: key => localStorage.getItem(prefix + key),
  setItem: (key, value) => localStorage.setItem(prefix + key, value),
  removeItem: key => localStorage.removeItem(prefix + key),
  clear: () => ownKeys().forEach(key => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length
  },
}

function storedTabs() {
  try {
    return JSON.parse(storage.getItem('graphiql:tabState'))
  } catch {
    return null // GraphiQL would stop at a store that is not JSON
  }
}

// On the first visit GraphiQL fills the editor with the query of the first tab, but not with its variables, and on the
// next visit it opens one more, empty tab. Both go away when the first tab is stored as what was last edited.
export function rememberFirstTab({ query, variables }) {
  if (storedTabs()) return
  storage.removeItem('graphiql:tabState')
  storage.setItem('graphiql:query', query)
  if (variables) storage.setItem('graphiql:variables', variables)
}
