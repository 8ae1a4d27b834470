// Stands in for the package of the same name, which puts a <style> element into the page when a dialog or a menu opens.
// `style-src 'self'` forbids that element and allows a constructed style sheet.
import { useEffect } from 'react'

export function stylesheetSingleton() {
  let users = 0
  let sheet
  return {
    add(css) {
      if (users++ > 0) return
      sheet = new CSSStyleSheet()
      sheet.replaceSync(css)
      document.adoptedStyleSheets.push(sheet)
    },
    remove() {
      if (--users > 0) return
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter(other => other !== sheet)
    },
  }
}

export function styleHookSingleton() {
  const singleton = stylesheetSingleton()
  return (css, isDynamic) => {
    useEffect(() => {
      singleton.add(css)
      return () => singleton.remove()
    }, [css && isDynamic])
  }
}

export function styleSingleton() {
  const useStyle = styleHookSingleton()
  return function Style({ styles, dynamic }) {
    useStyle(styles, dynamic)
    return null
  }
}
