/** Focus for what just opened. */

const focused = new WeakSet<HTMLElement>()

/** For `ref`: takes the focus when the element appears, and never again while one works elsewhere. */
export function focusOnce(element: HTMLElement | null) {
  if (!element || focused.has(element)) return
  focused.add(element)
  element.focus()
}
