// The page of a Quill user: stock Quill, y-quill and y-websocket on the shared text, nothing of ours.
import Quill from 'quill'
import 'quill/dist/quill.snow.css'
import QuillCursors from 'quill-cursors'
import { WebsocketProvider } from 'y-websocket'
import { QuillBinding } from 'y-quill'
import * as Y from 'yjs'

Quill.register('modules/cursors', QuillCursors)
const { url, room, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
const doc = new Y.Doc()
const provider = new WebsocketProvider(url, room, doc, { params: { token }, disableBc: true })
const quill = new Quill('#editor', {
  modules: { cursors: true, toolbar: [['bold', 'italic'], [{ header: 1 }, { header: 2 }], [{ list: 'bullet' }, { list: 'ordered' }]] },
  theme: 'snow',
})
new QuillBinding(doc.getText('consensus-statement'), quill, provider.awareness)
provider.once('sync', () => document.body.classList.add('synced'))
