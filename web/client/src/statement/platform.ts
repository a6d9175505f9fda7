/** Whose keys these are: ⌘ or Ctrl. */

export const isMac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad|od)/.test(navigator.platform)
