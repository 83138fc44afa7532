/** Attributes of one element, read from its range in the markup only where a rule asks. HTML Living Standard, 13.2.5.32 ff. */
import { decodeEntities } from './entities.js'
import type { FlatTree } from './scan.js'

/** Steps through `name=value` pairs without making strings; the fields are ranges in `bytes`, an empty value has from = to. */
export class AttributeCursor {
  nameFrom = 0
  nameTo = 0
  valueFrom = 0
  valueTo = 0
  private bytes: Uint8Array = NOTHING
  private at = 0
  private end = 0

  start(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes
    this.at = from
    this.end = to
  }

  next(): boolean {
    const { bytes, end } = this
    let i = this.at
    while (i < end && isSeparator(bytes[i] ?? 0)) i++
    if (i >= end) return false
    this.nameFrom = i
    i++ // a leading '=' belongs to the name
    for (; i < end; i++) {
      const code = bytes[i] ?? 0
      if (code === 0x3d || isSeparator(code)) break
    }
    this.nameTo = i
    let equals = i
    while (equals < end && (bytes[equals] ?? 0) <= 0x20) equals++
    if ((bytes[equals] ?? 0) === 0x3d && equals < end) i = this.value(equals + 1)
    else this.valueFrom = this.valueTo = i
    this.at = i
    return true
  }

  private value(at: number): number {
    const { bytes, end } = this
    let i = at
    while (i < end && (bytes[i] ?? 0) <= 0x20) i++
    const quote = bytes[i] ?? 0
    if (i < end && (quote === 0x22 || quote === 0x27)) {
      this.valueFrom = ++i
      while (i < end && bytes[i] !== quote) i++
      this.valueTo = i
      return Math.min(end, i + 1)
    }
    this.valueFrom = i
    while (i < end && (bytes[i] ?? 0) > 0x20) i++
    this.valueTo = i
    return i
  }

  /** Where the '>' of a tag stands whose name the cursor is at; the end of the range when there is none. */
  skipTag(): number {
    const { bytes, end } = this
    let i = this.at
    while (i < end && !isSeparator(bytes[i] ?? 0) && bytes[i] !== 0x3e) i++
    while (i < end && bytes[i] !== 0x3e) {
      const code = bytes[i++]
      if (code !== 0x3d) continue
      while (i < end && (bytes[i] ?? 0) <= 0x20) i++
      const quote = bytes[i]
      if (quote !== 0x22 && quote !== 0x27) continue
      i++
      while (i < end && bytes[i] !== quote) i++
      i++
    }
    return Math.min(i, end)
  }

  /** Whether the name is this one; `name` in lower case. */
  isNamed(name: string): boolean {
    if (this.nameTo - this.nameFrom !== name.length) return false
    for (let i = 0; i < name.length; i++) {
      const code = this.bytes[this.nameFrom + i] ?? 0
      if ((code >= 65 && code <= 90 ? code + 32 : code) !== name.charCodeAt(i)) return false
    }
    return true
  }

  /** The value as written, at most `lengthMax` bytes of it with a character each, references not decoded. */
  slice(lengthMax: number): string {
    const to = Math.min(this.valueTo, this.valueFrom + lengthMax)
    return String.fromCharCode(...this.bytes.subarray(this.valueFrom, to))
  }
}

const NOTHING = new Uint8Array(0)

function isSeparator(code: number): boolean {
  return code <= 0x20 || code === 0x2f
}

const cursor = new AttributeCursor()

/** The value of an element's first attribute of that name (in lower case), references decoded; null when it has none. */
export function attribute(tree: FlatTree, node: number, name: string, lengthMax = 4096): string | null {
  cursor.start(tree.bytes, tree.from[node] ?? 0, tree.to[node] ?? 0)
  while (cursor.next()) {
    if (!cursor.isNamed(name)) continue
    return decodeEntities(tree.slice(cursor.valueFrom, Math.min(cursor.valueTo, cursor.valueFrom + lengthMax)))
  }
  return null
}

/** The value of the first of several attributes (in lower case) that an element has, wherever it stands among the others. */
export function firstAttribute(
  tree: FlatTree,
  node: number,
  names: readonly string[],
  lengthMax = 4096,
): string | null {
  cursor.start(tree.bytes, tree.from[node] ?? 0, tree.to[node] ?? 0)
  let best = names.length
  let from = 0
  let to = 0
  while (best > 0 && cursor.next()) {
    for (let rank = 0; rank < best; rank++) {
      if (!cursor.isNamed(names[rank] ?? '')) continue
      best = rank
      from = cursor.valueFrom
      to = cursor.valueTo
      break
    }
  }
  return best === names.length ? null : decodeEntities(tree.slice(from, Math.min(to, from + lengthMax)))
}

/** Whether an attribute's value may begin with one of the letters (in lower case), white space aside: no string is made of it. */
export function mayBegin(tree: FlatTree, node: number, name: string, letters: string): boolean {
  const { bytes } = tree
  cursor.start(bytes, tree.from[node] ?? 0, tree.to[node] ?? 0)
  while (cursor.next()) {
    if (!cursor.isNamed(name)) continue
    let i = cursor.valueFrom
    while (i < cursor.valueTo && (bytes[i] ?? 0) <= 0x20) i++
    const code = i < cursor.valueTo ? (bytes[i] ?? 0) : 0
    return code === 0x26 || code >= 0x80 || letters.includes(String.fromCharCode(code | 0x20))
  }
  return false
}
