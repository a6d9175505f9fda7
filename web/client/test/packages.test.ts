import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (name: string) => readFileSync(`${process.env.CLIENT_FOLDER}/${name}`, 'utf8')

test('the lock file names no host, so that it works with every registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /https?:|"resolved"/)
})

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  for (const version of Object.values({ ...dependencies, ...devDependencies })) assert.match(String(version), /^\d+\.\d+\.\d+$/)
})
