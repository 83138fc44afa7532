/**
 * How texts of any length are shown to a model that labels tokens and reads at most so many at once: in windows that overlap. The
 * label of each token is taken from the window in which it has more around it: of what two windows both see, the first half from
 * the earlier one, the second from the later. Special tokens stand around each window.
 */
export interface TokenWindowOptions {
  /** Tokens of the text that one window holds. */
  readonly room: number
  /** How far windows move on; fewer than `room`. */
  readonly stride: number
}

/** Tokens [from, to), of which the window decides [first, last). */
export interface TokenWindow {
  readonly from: number
  readonly to: number
  readonly first: number
  readonly last: number
}

/** Every token is decided by one window. None for no tokens. */
export function tokenWindows(count: number, { room, stride }: TokenWindowOptions): TokenWindow[] {
  const windows: TokenWindow[] = []
  const half = (room - stride) >> 1
  for (let from = 0; from < count; from += stride) {
    const to = Math.min(from + room, count)
    const isLast = to === count
    windows.push({ from, to, first: from === 0 ? 0 : from + half, last: isLast ? count : from + stride + half })
    if (isLast) break
  }
  return windows
}
