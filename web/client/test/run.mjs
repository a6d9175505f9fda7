// Bundles every *.test.ts and runs it with Node's own test runner: `npm test [-- name]`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const wanted = process.argv[2] ?? ''
const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts') && name.includes(wanted))
const out = mkdtempSync(join(tmpdir(), 'accord-client-test-'))
try {
  await build({
    absWorkingDir: here,
    entryPoints: tests,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  const bundles = tests.map((name) => join(out, name.replace(/\.ts$/, '.mjs')))
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...bundles], {
    stdio: 'inherit',
    env: { ...process.env, CLIENT_FOLDER: join(here, '..') },
  })
  process.exitCode = run.status ?? 1
} finally {
  rmSync(out, { recursive: true })
}
