// y-websocket's server, @y/websocket-server, in memory. Its own bin/server.js with the address to listen on.
import http from 'node:http'
import WebSocket from 'ws'
import { setupWSConnection } from '@y/websocket-server/utils'

const sockets = new WebSocket.Server({ noServer: true })
const server = http.createServer((_request, response) => response.end('okay'))
sockets.on('connection', setupWSConnection)
server.on('upgrade', (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, one => sockets.emit('connection', one, request)))
server.listen(Number(process.env.PORT), '127.0.0.1')
