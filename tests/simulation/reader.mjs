// An independent reader: applies updates with JavaScript Yjs, one after the other, and tells what the document says.
// One question a line: {name: [update, ...]}; one answer a line: {name: {delta, maps, waits}}.
import { createRequire } from 'node:module'
import readline from 'node:readline'

const Y = createRequire(new URL('../e2e/npm/package.json', import.meta.url))('yjs')

const read = updates => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, Buffer.from(update, 'base64'))
  const maps = Object.fromEntries(['suggestions', 'comments', 'session'].map(name => [name, doc.getMap(name).toJSON()]))
  const { pendingStructs, pendingDs } = doc.store
  return {
    delta: doc.getText('consensus-statement').toDelta().map(op => [op.insert, op.attributes ?? null]),
    maps,
    waits: pendingStructs !== null || pendingDs !== null
  }
}

readline.createInterface({ input: process.stdin }).on('line', line => {
  const question = JSON.parse(line)
  const answer = Object.fromEntries(Object.entries(question).map(([name, updates]) => [name, read(updates)]))
  process.stdout.write(JSON.stringify(answer) + '\n')
})
