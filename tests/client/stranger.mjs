// A Yjs client that means harm: writes nonsense and traps into every part of a room's document, prints what it sees.
import { createRequire } from 'node:module'

const npm = createRequire(new URL('../e2e/npm/package.json', import.meta.url))
const load = async (name) => {
  const found = await import(npm.resolve(name))
  return found.default ?? found
}
const WebSocket = await load('ws')
const Y = npm('yjs')
globalThis.WebSocket ??= WebSocket
const { WebsocketProvider } = npm('y-websocket')

const [server, room, token] = process.argv.slice(2)
const doc = new Y.Doc()
const provider = new WebsocketProvider(server, room, doc, {
  WebSocketPolyfill: WebSocket,
  params: { token },
  disableBc: true,
})
await new Promise((resolve) => provider.once('sync', resolve))

const text = doc.getText('consensus-statement')
const at = (index) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index))
const entry = (fields) => new Y.Map(Object.entries(fields))

text.insert(0, 'Plain words\n', {})
const addresses = [
  'javascript:alert(1)',
  'data:text/html,<script>alert(2)</script>',
  'vbscript:x',
  'https://example.org/',
  'mailto:a@example.org',
  ' javascript:alert(3)',
  'java\nscript:alert(4)',
]
addresses.forEach((link, i) => text.insert(0, `link${i} `, { link }))
text.insertEmbed(3, { image: 'x" onerror=alert(5)' })
text.format(0, 2, { style: 'x', 'on click': 'alert(6)', link: { a: 1 } })

const suggestions = doc.getMap('suggestions')
const comments = doc.getMap('comments')
const nonsense = { a: null, b: 1, c: 'text', d: [1], e: { f: 1 }, g: new Y.Array(), h: new Y.Text('x'), i: new Y.Map() }
for (const [id, value] of Object.entries(nonsense)) suggestions.set(id, value)
suggestions.set(
  '"><img src=x onerror=alert(7)>',
  entry({
    author: 'Accord bot <img src=x onerror=alert(8)>',
    status: 'open',
    kind: 'insert',
    start: at(5),
    end: at(5),
    base: '',
    text: new Y.Text('<img src=x onerror=alert(9)> believe me'),
    sources: 'none',
    reason: '<b>because</b>',
  }),
)
suggestions.set('__proto__', entry({ status: 'open', text: 'prototype' }))
suggestions.set('constructor', entry({ status: 'open', text: 'constructor', start: at(1), end: at(4) }))
suggestions.set(
  'traps',
  entry({ author: {}, status: 7, start: { item: { client: -1, clock: 1e300 } }, end: { tname: 'session' }, base: 9, text: 42 }),
)
comments.set('c1', entry({ author: '<b>', text: '<script>alert(10)</script>', quote: 'q', start: at(1), end: at(4) }))
comments.set('c2', 'text')

provider.awareness.setLocalState({ user: { name: '<img src=x onerror=alert(11)>' }, cursor: { anchor: 'x', head: { item: 'y' } } })
await new Promise((resolve) => setTimeout(resolve, 300))
provider.awareness.setLocalState({ user: [1], cursor: { anchor: at(3), head: at(9) } })
await new Promise((resolve) => setTimeout(resolve, 300))
console.log(JSON.stringify(text.toDelta()))
process.exit()
