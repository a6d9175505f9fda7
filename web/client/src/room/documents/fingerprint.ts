/** Telling whether a file is the one whose upload was interrupted: after a reload the browser knows it no more. */

const SAMPLES = 64
const SAMPLE_BYTES = 16 * 1024

/**
 * A fingerprint of samples from all over a file: all of it up to 1 MiB, 1 MiB of a larger one.
 *
 * Office files and PDFs change at their end whatever is changed in them. Where the browser offers no hashes (a page
 * without HTTPS), the time of the last change stands in.
 */
export async function fingerprintOf(file: File): Promise<string> {
  if (!globalThis.crypto?.subtle) return `changed-${file.lastModified}`
  const hash = await crypto.subtle.digest('SHA-256', await samplesOf(file).arrayBuffer())
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function samplesOf(file: Blob): Blob {
  if (file.size <= SAMPLES * SAMPLE_BYTES) return file
  const step = (file.size - SAMPLE_BYTES) / (SAMPLES - 1)
  return new Blob(
    Array.from({ length: SAMPLES }, (_, number) => {
      const start = Math.floor(number * step)
      return file.slice(start, start + SAMPLE_BYTES)
    }),
  )
}
