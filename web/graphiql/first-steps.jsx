import { useEditorContext, useExecutionContext } from '@graphiql/react'
import { useEffect, useState } from 'react'

// Stands where the answer will be until there is one, and says how to get it.
export function FirstSteps() {
  const { queryEditor, responseEditor } = useEditorContext({ nonNull: true })
  const { isFetching, run } = useExecutionContext({ nonNull: true })
  const [isEmpty, setEmpty] = useState(true)
  useEffect(() => {
    if (!responseEditor) return
    // GraphiQL changes the text while it renders, and nothing may be set meanwhile.
    const look = () => queueMicrotask(() => setEmpty(!responseEditor.getValue()))
    look()
    responseEditor.on('change', look)
    return () => responseEditor.off('change', look)
  }, [responseEditor])
  // A line that runs out of a narrow editor would hide the rest of the query.
  useEffect(() => queryEditor?.setOption('lineWrapping', true), [queryEditor])
  if (!isEmpty || isFetching) return null
  return (
    <div className="newsgraph-first-steps">
      <p>The answer appears here.</p>
      <p>
        <button type="button" onClick={run}>Run this query</button> or press <kbd>Ctrl</kbd> + <kbd>Enter</kbd> in the
        editor. The tabs above hold more queries.
      </p>
    </div>
  )
}
