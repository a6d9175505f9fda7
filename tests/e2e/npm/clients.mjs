// Real y-websocket clients, 2.x and 3.x, told what to do by JSON lines on standard input.
import readline from 'node:readline'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { WebsocketProvider as Provider3 } from 'y-websocket'
import { WebsocketProvider as Provider2 } from 'y-websocket-2'

const clients = new Map()
const until = (condition, what, milliseconds = 10000) => new Promise((resolve, reject) => {
  const started = Date.now()
  const look = () => {
    if (condition()) resolve()
    else if (Date.now() - started > milliseconds) reject(new Error(`gave up waiting for ${typeof what === 'string' ? what : what()}`))
    else setTimeout(look, 5)
  }
  look()
})

const actions = {
  async open ({ name, version, url, room, params, protocols, sharing }) {
    const doc = new Y.Doc()
    const Provider = version === 2 ? Provider2 : Provider3
    const provider = new Provider(url, room, doc, {
      params: params ?? {}, protocols: protocols ?? [], WebSocketPolyfill: WebSocket, disableBc: !sharing
    })
    const client = { doc, provider, statuses: [], closes: [], warnings: [] }
    provider.on('status', ({ status }) => client.statuses.push(status))
    provider.on('connection-close', event => { if (event) client.closes.push({ code: event.code, reason: event.reason }) })
    clients.set(name, client)
  },
  async synced ({ name }) {
    const { provider } = clients.get(name)
    await until(() => provider.synced, 'sync')
  },
  async type ({ name, at, words }) {
    const text = clients.get(name).doc.getText('consensus-statement')
    text.insert(at < 0 ? text.length - 1 : at, words)
  },
  async undoable ({ name }) {
    const client = clients.get(name)
    client.undo = new Y.UndoManager(client.doc.getText('consensus-statement'), { captureTimeout: 0 })
  },
  async undo ({ name }) { clients.get(name).undo.undo() },
  async redo ({ name }) { clients.get(name).undo.redo() },
  async text ({ name }) { return clients.get(name).doc.getText('consensus-statement').toString() },
  async textIs ({ name, words }) {
    const { doc } = clients.get(name)
    await until(() => doc.getText('consensus-statement').toString() === words, `the text ${JSON.stringify(words)}`)
  },
  async set ({ name, root, key, value }) { clients.get(name).doc.getMap(root).set(key, value) },
  async get ({ name, root, key }) { return clients.get(name).doc.getMap(root).get(key) ?? null },
  async show ({ name, field, value }) { clients.get(name).provider.awareness.setLocalStateField(field, value) },
  async people ({ name }) {
    return [...clients.get(name).provider.awareness.getStates()].map(([client, state]) => ({ client, ...state }))
  },
  async peopleAre ({ name, count }) {
    const { awareness } = clients.get(name).provider
    await until(() => awareness.getStates().size === count, () => `${count} people, there are ${awareness.getStates().size}`)
  },
  async clientId ({ name }) { return clients.get(name).doc.clientID },
  async disconnect ({ name }) { clients.get(name).provider.disconnect() },
  async dropSocket ({ name }) { // the network goes; what tabs of one browser share stays
    const { provider } = clients.get(name)
    provider.shouldConnect = false
    provider.ws.close()
  },
  async warned ({ words }) { await until(() => warnings.some(one => one.includes(words)), () => `a warning, there are ${warnings}`) },
  async connect ({ name }) { clients.get(name).provider.connect() },
  async disconnected ({ name }) { await until(() => !clients.get(name).provider.wsconnected, 'the end of the connection') },
  async closes ({ name, count }) {
    const { closes } = clients.get(name)
    await until(() => closes.length >= count, `${count} closes`)
    return closes
  },
  async willReconnect ({ name }) { return clients.get(name).provider.shouldConnect },
  async idle ({ milliseconds }) { await new Promise(resolve => setTimeout(resolve, milliseconds)) },
  async statuses ({ name }) { return clients.get(name).statuses },
  async destroy ({ name }) { clients.get(name).provider.destroy(); clients.delete(name) }
}

const warnings = []
console.warn = message => warnings.push(String(message)) // y-websocket warns of every refusal on the console
readline.createInterface({ input: process.stdin }).on('line', async line => {
  const { id, do: action, ...rest } = JSON.parse(line)
  let answer
  try {
    answer = { id, result: (await actions[action](rest)) ?? null }
  } catch (error) {
    answer = { id, error: String(error.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
})
