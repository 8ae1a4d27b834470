// Gzips each file of a build into the folder that the server embeds: pack.mjs BUILD_DIR DIST_DIR
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const [build, dist] = process.argv.slice(2)
if (!dist) {
  console.error('usage: pack.mjs BUILD_DIR DIST_DIR')
  process.exit(2)
}

rmSync(dist, { recursive: true, force: true })
let raw = 0
let packed = 0
for (const entry of readdirSync(build, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const source = join(entry.parentPath, entry.name)
  const target = join(dist, source.slice(join(build).length)) + '.gz'
  const content = readFileSync(source)
  const gzip = gzipSync(content, { level: 9 })
  gzip[9] = 255 // the header names the operating system: "unknown" keeps the bytes the same everywhere
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, gzip)
  raw += content.length
  packed += gzip.length
  console.log(`${target}  ${content.length} -> ${gzip.length}`)
}
console.log(`total  ${raw} -> ${packed}`)
