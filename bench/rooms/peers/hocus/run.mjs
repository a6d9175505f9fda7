// Hocuspocus as its documentation starts it. SQLITE=file: with the SQLite extension, which keeps whole documents, 2 to 10 s late.
import { Server } from '@hocuspocus/server'

const extensions = []
if (process.env.SQLITE) {
  const { SQLite } = await import('@hocuspocus/extension-sqlite')
  extensions.push(new SQLite({ database: process.env.SQLITE }))
}
new Server({ port: Number(process.env.PORT), address: '127.0.0.1', quiet: true, extensions }).listen()
