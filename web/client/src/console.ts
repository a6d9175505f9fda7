/**
 * Stands in for `lib0/logging` in the bundle (build.mjs): Yjs warns through it now and then, and its colours in
 * the console would be three kilobytes for everybody.
 */

const words = (parts: unknown[]) => parts.filter((part) => typeof part !== 'symbol')

export const print = (...parts: unknown[]) => console.log(...words(parts))
export const warn = (...parts: unknown[]) => console.warn(...words(parts))

export const BOLD = Symbol('bold')
export const UNBOLD = Symbol('unbold')
export const ORANGE = Symbol('orange')
export const RED = Symbol('red')
