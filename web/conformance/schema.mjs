// Reads {"sdl": …, "introspection": …} and exits with 1 when they describe two schemas, after printing the lines that differ.
import { readFileSync } from 'node:fs'
import { buildClientSchema, buildSchema, lexicographicSortSchema, printSchema } from 'graphql-17'

const { sdl, introspection } = JSON.parse(readFileSync(0, 'utf8'))
// The engine says there what any schema is, and SDL has no place for it that the engine reads.
introspection.__schema.description = null
const printed = (schema) => printSchema(lexicographicSortSchema(schema)).split('\n')
const [one, other] = [printed(buildSchema(sdl)), printed(buildClientSchema(introspection))]
const missing = (lines, from, sign) => {
  const known = new Set(from)
  return lines.filter((line) => !known.has(line)).map((line) => `${sign} ${line}`)
}
if (one.join('\n') !== other.join('\n')) {
  console.log([...missing(one, other, 'SDL:'), ...missing(other, one, 'introspection:')].join('\n') || 'the order of lines')
  process.exitCode = 1
}
