// The real tus-js-client, told what to do by JSON lines on standard input.
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import readline from 'node:readline'
import { Upload } from 'tus-js-client'

const uploads = new Map()

const start = ({ name, endpoint, path, headers, metadata, url, chunk, parallel, withBody, deferred, delays, checksum, wrongAt }) => {
  const size = deferred || parallel > 1 ? null : statSync(path).size
  const state = { progress: 0, requests: [] }
  // The client has no checksums of its own; it leaves room for them.
  const add = request => {
    const at = Number(request.getHeader('Upload-Offset'))
    const hash = createHash('sha256').update(readFileSync(path).subarray(at, at + chunk))
    if (at === wrongAt) hash.update('a bit that has turned on the way')
    wrongAt = at === wrongAt ? null : wrongAt
    request.setHeader('Upload-Checksum', `sha256 ${hash.digest('base64')}`)
  }
  state.over = new Promise(resolve => {
    // A stream that does not say where it comes from has no length, as a recording that still goes on.
    const source = deferred ? createReadStream(path).pipe(new PassThrough()) : createReadStream(path)
    state.upload = new Upload(source, {
      endpoint: url ? null : endpoint,
      uploadUrl: url ?? null,
      headers,
      metadata: metadata ?? {},
      uploadSize: size,
      uploadLengthDeferred: Boolean(deferred),
      chunkSize: chunk ?? Infinity,
      parallelUploads: parallel ?? 1,
      uploadDataDuringCreation: Boolean(withBody),
      retryDelays: delays ?? [],
      onBeforeRequest: request => {
        state.requests.push(`${request.getMethod()}`)
        if (checksum && request.getMethod() === 'PATCH') add(request)
      },
      ...(checksum ? { onShouldRetry: error => error.originalResponse?.getStatus() === 460 } : {}),
      onUploadUrlAvailable: () => { state.url = state.upload.url },
      onProgress: sent => { state.progress = sent },
      onError: error => resolve({ error: String(error), status: error.originalResponse?.getStatus() ?? null }),
      onSuccess: () => resolve({ error: null })
    })
    state.upload.start()
  })
  uploads.set(name, state)
}

const actions = {
  async start (wish) { start(wish) },
  async over ({ name }) {
    const state = uploads.get(name)
    return { ...await state.over, url: state.upload.url, requests: state.requests }
  },
  async progressed ({ name, bytes }) {
    const state = uploads.get(name)
    for (let waited = 0; state.progress < bytes || !state.url; waited += 2) {
      if (waited > 20000) throw new Error(`only ${state.progress} bytes were sent`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    return state.url
  },
  async abort ({ name, terminate }) { await uploads.get(name).upload.abort(Boolean(terminate)) }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id, do: what, ...arguments_ } = JSON.parse(line)
  const answer = message => process.stdout.write(JSON.stringify({ id, ...message }) + '\n')
  Promise.resolve().then(() => actions[what](arguments_)).then(
    result => answer({ result: result ?? null }),
    error => answer({ error: String(error?.stack ?? error) })
  )
}
