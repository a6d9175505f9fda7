// Prints real Yjs updates of random histories, one JSON object a line: what tests/collab reads as golden bytes.
//   node capture.mjs SEED HISTORIES > ../../collab/golden/yjs_updates.jsonl
import * as Y from 'yjs'

const [seed, histories] = process.argv.slice(2).map(Number)
let state = seed >>> 0
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const below = n => Math.floor(random() * n)
const pick = list => list[below(list.length)]
const hex = bytes => Buffer.from(bytes).toString('hex')

const WORDS = ['a', 'hello ', 'é', '😀', '漢字', '👨‍👩‍👧', 'x\ny', '𝒳z', 'end.']
const boundaries = text => {
  const found = [0]
  for (const op of text.toDelta()) {
    if (typeof op.insert !== 'string') found.push(found.at(-1) + 1)
    else for (const character of op.insert) found.push(found.at(-1) + character.length)
  }
  return found
}
const entry = () => {
  const map = new Y.Map()
  map.set('status', 'open')
  map.set('text', new Y.Text(pick(WORDS)))
  map.set('sources', [{ quote: 'é', n: below(9), deep: [[1, null, true]] }])
  return map
}
const act = doc => {
  const text = doc.getText('consensus-statement')
  const maps = [doc.getMap('suggestions'), doc.getMap('comments')]
  const places = boundaries(text)
  const at = pick(places)
  const kind = below(12)
  if (kind < 5) text.insert(at, pick(WORDS), random() < 0.3 ? { bold: true } : undefined)
  else if (kind < 7) {
    const end = pick(places)
    if (end > at) text.delete(at, end - at)
  } else if (kind < 8) {
    const end = pick(places)
    if (end > at) text.format(at, end - at, pick([{ bold: null }, { header: 2 }, { link: 'https://x.org/é' }]))
  } else if (kind < 9) text.insertEmbed(at, { image: 'é', n: below(9) })
  else if (kind < 10) pick(maps).set('k' + below(3), entry())
  else if (kind < 11) {
    const found = [...pick(maps).values()].filter(one => one instanceof Y.Map)
    if (found.length) {
      const one = pick(found)
      if (random() < 0.5) one.set('status', pick(['accepted', 'rejected']))
      else one.get('text')?.insert(0, pick(WORDS))
    }
  } else pick(maps).delete('k' + below(3))
}

for (let history = 0; history < histories; history++) {
  const docs = [0, 1, 2].map(() => {
    const doc = new Y.Doc()
    doc.clientID = 1000 + below(4294960000)
    return doc
  })
  const updates = []
  docs.forEach(doc => doc.on('update', (update, origin) => { if (origin !== 'sync') updates.push(hex(update)) }))
  for (let step = 0; step < 30; step++) {
    const doc = pick(docs)
    act(doc)
    if (random() < 0.4) {
      const other = pick(docs)
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'sync')
    }
  }
  const whole = new Y.Doc()
  docs.forEach(doc => Y.applyUpdate(whole, Y.encodeStateAsUpdate(doc)))
  console.log(JSON.stringify({
    updates,
    state: hex(Y.encodeStateAsUpdate(whole)),
    text: whole.getText('consensus-statement').toString()
  }))
}
