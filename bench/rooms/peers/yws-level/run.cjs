// The server that came with y-websocket 2, with its LevelDB persistence: YPERSISTENCE=folder, HOST, PORT.
process.chdir(__dirname)
require('./node_modules/y-websocket/bin/server.cjs')
