// Builds src/ into ../static, which is committed: same sources, same bytes, wherever the checkout lies.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const client = dirname(fileURLToPath(import.meta.url))
const out = join(client, '..', 'static')
const PUBLIC = '/static/'

/** What somebody with a link waits for before the page can be read, gzipped. */
const DOOR_BUDGET = 15_000

const common = {
  absWorkingDir: client,
  outdir: '../static',
  outbase: 'src',
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  legalComments: 'none',
  target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  logLevel: 'warning',
}

const styles = await build({ ...common, entryPoints: ['src/styles/door.css', 'src/styles/room.css'] })
const sheet = (name) => urlOf(outputOf(styles.metafile, `src/styles/${name}.css`))

const scripts = await build({
  ...common,
  entryPoints: ['src/entry.tsx'],
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  alias: { 'lib0/logging': './src/console.ts' },
})

const entry = outputOf(scripts.metafile, 'src/entry.tsx')
const first = [entry, ...importedWith(scripts.metafile, entry)]
const room = outputOf(scripts.metafile, 'src/room/page.tsx')
const later = [room, ...importedWith(scripts.metafile, room)].filter((path) => !first.includes(path))
const page = readFileSync(join(client, 'src/index.html'), 'utf8')
  .replace('{{styles}}', sheet('door'))
  .replace('{{entry}}', urlOf(entry))
  .replace('{{room}}', [sheet('room'), ...later.map(urlOf)].join(' '))
  .replace('{{preloads}}', first.slice(1).map((path) => `<link rel="modulepreload" href="${urlOf(path)}">`).join(''))
  .replace(/>\s+</g, '><')

rmSync(out, { recursive: true, force: true })
mkdirSync(join(out, 'assets'), { recursive: true })
const files = [...styles.outputFiles, ...scripts.outputFiles]
for (const file of files) writeFileSync(file.path, file.contents)
writeFileSync(join(out, 'index.html'), page)
writeFileSync(join(out, 'THIRD_PARTY_LICENSES.txt'), licences(scripts.metafile))

const sizes = new Map(files.map((file) => [file.path, gzipSync(file.contents, { level: 9 }).length]))
const size = (path) => sizes.get(join(client, path)) ?? sizes.get(join(out, path.slice('../static/'.length)))
const door = gzipSync(page, { level: 9 }).length + size(outputOf(styles.metafile, 'src/styles/door.css')) + sum(first)
for (const [path, bytes] of [...sizes].sort()) console.log(`${String(bytes).padStart(8)}  ${path.slice(out.length + 1)}`)
console.log(`${String(door).padStart(8)}  first load (budget ${DOOR_BUDGET})`)
console.log(`${String(sum(later) + size(outputOf(styles.metafile, 'src/styles/room.css'))).padStart(8)}  the room after it`)
if (door > DOOR_BUDGET) {
  console.error(`build: the first load is ${door - DOOR_BUDGET} bytes over its budget`)
  process.exit(1)
}

function sum(paths) {
  return paths.reduce((all, path) => all + size(path), 0)
}

function outputOf(metafile, entryPoint) {
  return Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === entryPoint)
}

function urlOf(path) {
  return path.replace('../static/', PUBLIC)
}

/** The chunks a script needs before it can start. */
function importedWith(metafile, path, seen = new Set()) {
  for (const { path: next, kind } of metafile.outputs[path].imports)
    if (kind === 'import-statement' && !seen.has(next)) {
      seen.add(next)
      importedWith(metafile, next, seen)
    }
  return [...seen].sort()
}

/** Licences of all packages that are in the bundle. */
function licences(metafile) {
  const bundled = new Set()
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]
      if (name && bytesInOutput > 0) bundled.add(name)
    }
  const parts = [...bundled].sort().map((name) => {
    const folder = join(client, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).sort().find((entry) => /^licen[cs]e/i.test(entry))
    if (!file) throw new Error(`${name} has no licence file`)
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  })
  const intro = 'The page contains these packages. Accord itself is under the Apache License 2.0.\n'
  return [intro, ...parts].join(`\n${'-'.repeat(72)}\n\n`)
}
