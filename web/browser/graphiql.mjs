// Uses GraphiQL as a visitor does, in a real browser: graphiql.mjs BASE_URL SCREENSHOT_PNG
// Prints a JSON summary and exits with 1 when a step fails or the browser reports anything: a console message of level
// warning or error, an exception, a failed request, a violation of the Content-Security-Policy, or a request to
// another host.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'

const [baseUrl, screenshot] = process.argv.slice(2)
if (!screenshot) {
  console.error('usage: graphiql.mjs BASE_URL SCREENSHOT_PNG')
  process.exit(2)
}
const base = new URL(baseUrl)

function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return join(folder, name)
      } catch {
        // not here
      }
    }
  }
  console.error('no Chromium found: install one, or name it in the environment variable CHROMIUM')
  process.exit(1)
}

const problems = []
const hosts = new Set()
let requests = 0

const browser = await chromium.launch({
  executablePath: findBrowser(),
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  // Chromium refuses to sandbox root, which is what a container usually runs as.
  chromiumSandbox: process.getuid?.() !== 0,
})
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: process.env.COLOR_SCHEME ?? 'light' })
const page = await context.newPage()
page.setDefaultTimeout(20_000)

page.on('console', message => {
  if (['error', 'warning'].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`)
})
page.on('pageerror', error => problems.push(`exception: ${error.stack ?? error}`))
page.on('requestfailed', request => problems.push(`request failed: ${request.url()}: ${request.failure()?.errorText}`))
page.on('response', response => {
  if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`)
})
page.on('request', request => {
  const url = new URL(request.url())
  if (!url.protocol.startsWith('http')) return
  requests += 1
  hosts.add(url.host)
  if (url.host !== base.host) problems.push(`request to another host: ${url}`)
})
await page.exposeFunction('reportViolation', text => problems.push(`content security policy: ${text}`))
await page.addInitScript(() => {
  document.addEventListener('securitypolicyviolation', event => {
    window.reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI || 'inline'} (${event.sourceFile}:${event.lineNumber})`)
  })
})

const tabTitles = () => page.locator('.graphiql-tab-button').allTextContents()
const docsTitle = title => page.locator('.graphiql-doc-explorer-title', { hasText: new RegExp(`^${title}$`) })

// Only the visible lines are in the document, so the text is read from the editor.
const responseText = () => page.evaluate(() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue())

// Polls from outside: page.waitForFunction evaluates text in the page, which the policy forbids.
async function until(read, accept) {
  const deadline = Date.now() + 20_000
  for (;;) {
    const value = await read()
    if (accept(value)) return value
    if (Date.now() > deadline) throw new Error(`timed out; last seen: ${value.slice(0, 500)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const summary = { url: base.href }
let step

async function visit() {
  step = 'open the page'
  const answer = await page.goto(base.href)
  if (!answer.headers()['content-security-policy']) problems.push('the page has no Content-Security-Policy')
  if ((await page.title()) !== 'Newsgraph') problems.push(`the title is "${await page.title()}"`)

  step = 'wait for the editor'
  await page.locator('.graphiql-query-editor .CodeMirror-line', { hasText: 'query FirstLook' }).waitFor()
  summary.tabs = await tabTitles()
  if (summary.tabs.some(title => title.includes('untitled'))) problems.push(`a tab has no name: ${summary.tabs}`)

  step = 'read how to run a query where the answer will be'
  const run = page.getByRole('button', { name: 'Run this query' })
  await run.waitFor()

  step = 'open the documentation and wait for the schema'
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  const query = page.locator('.graphiql-doc-explorer a', { hasText: /^Query$/ })
  await query.waitFor()
  const about = await page.locator('.graphiql-doc-explorer').textContent()
  if (about.includes('A GraphQL schema provides')) problems.push('the documentation shows a stock text')

  step = 'follow the documentation from Query to Article'
  await query.click()
  await docsTitle('Query').waitFor()
  await page.locator('.graphiql-doc-explorer a.graphiql-doc-explorer-type-name', { hasText: /^Article$/ }).first().click()
  await docsTitle('Article').waitFor()
  summary.docs = await docsTitle('Article').textContent()

  step = 'run the first tab'
  await run.click()
  await until(responseText, text => text.includes('"headline"'))
  if (await run.isVisible()) problems.push('it still says how to run a query beside the answer')

  step = 'run the page'
  await page.locator('.graphiql-tab-button', { hasText: 'ArticlePage' }).click()
  await page.locator('.graphiql-query-editor .CodeMirror-line', { hasText: 'query ArticlePage' }).waitFor()
  // GraphiQL takes the name of the operation from the editor a moment later, and would send that of the tab before.
  await page.waitForTimeout(2_000)
  await page.getByRole('button', { name: 'Execute query' }).click()
  const text = await until(responseText, text => text.includes('"article"'))
  const response = JSON.parse(text)
  if (response.errors) problems.push(`the answer has errors: ${JSON.stringify(response.errors)}`)
  if (!response.data?.article) problems.push('the answer has no article')
  summary.responseBytes = text.length

  step = 'take the screenshot'
  await page.screenshot({ path: screenshot })
  summary.screenshot = screenshot

  step = 'open the dialogs and the history'
  for (const name of ['Open short keys dialog', 'Open settings dialog']) {
    await page.getByRole('button', { name }).click()
    await page.locator('.graphiql-dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.graphiql-dialog').waitFor({ state: 'detached' })
  }
  await page.getByRole('button', { name: 'Show History' }).click()
  await page.locator('.graphiql-history-item', { hasText: 'ArticlePage' }).first().waitFor()

  step = 'use the page on a phone'
  await page.getByRole('button', { name: 'Hide History' }).click()
  await page.setViewportSize({ width: 390, height: 844 })
  for (const selector of ['.graphiql-query-editor', '.graphiql-execute-button', '.result-window']) {
    const box = await page.locator(selector).boundingBox()
    const fits = box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844
    if (!fits || box.height < 30) problems.push(`on a phone ${selector} is at ${JSON.stringify(box)}`)
  }
  const answer390 = await page.locator('.result-window').boundingBox()
  if (answer390 && (answer390.width < 250 || answer390.height < 150)) problems.push('on a phone the answer is too small')
  await page.setViewportSize({ width: 1440, height: 900 })

  step = 'reload and find the same tabs'
  await page.waitForTimeout(1000) // GraphiQL stores the tabs half a second after a change
  await page.reload()
  await page.locator('.graphiql-query-editor .CodeMirror-line').first().waitFor()
  const again = await tabTitles()
  if (again.join() !== summary.tabs.join()) problems.push(`the tabs changed on reload: ${again}`)

  step = 'follow a link to a query'
  const link = new URL(base)
  link.searchParams.set('query', 'query Linked($slug: String!) { section(slug: $slug) { name } }')
  link.searchParams.set('variables', '{"slug":"linked-section"}')
  for (const how of ['again', 'on the first visit']) {
    if (how === 'on the first visit') await page.evaluate(() => localStorage.clear())
    await page.goto(link.href)
    await page.locator('.graphiql-query-editor .CodeMirror-line', { hasText: 'query Linked' }).waitFor()
    await page.getByRole('button', { name: 'Execute query' }).click()
    await until(responseText, text => text.includes('"section"'))
    const variables = await page.locator('.graphiql-editor-tool').textContent()
    if (!variables.includes('linked-section')) problems.push(`a link's variables are not shown ${how}: ${variables}`)
    const tabs = await tabTitles()
    if (!tabs.includes('Linked') || tabs.length !== summary.tabs.length + 1) problems.push(`a link is no tab ${how}: ${tabs}`)
    if (page.url() !== base.href) problems.push(`the address still has the link ${how}: ${page.url()}`)
  }
}

try {
  await visit()
} catch (error) {
  problems.push(`could not ${step}: ${error.message}`)
  await page.screenshot({ path: screenshot }).catch(() => {})
}
await browser.close()

console.log(JSON.stringify({ ok: problems.length === 0, ...summary, requests, hosts: [...hosts], problems }, null, 2))
for (const problem of problems) console.error(problem)
process.exitCode = problems.length ? 1 : 0
