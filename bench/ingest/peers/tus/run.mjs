// @tus/server with its file store: `node run.mjs FOLDER`. Prints its port.
import http from 'node:http'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const tus = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] }), maxSize: 2 * 1024 ** 3 })
const server = http.createServer((request, response) => tus.handle(request, response))
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${server.address().port}`))
