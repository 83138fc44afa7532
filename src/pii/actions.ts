/**
 * What becomes of found values: replaced, tagged, given a pseudonym, removed with their sentence, or only marked. Everything is
 * decided within one document, so the result never depends on which others there are.
 */
import { createHmac } from 'node:crypto'
import type { Span } from '../document/document.js'
import { endsSentence } from '../text/classes.js'
import type { Detection } from './detect.js'
import { isWord } from './page.js'
import { REPLACEMENTS, tagName, tagOf } from './types.js'

export const ACTIONS = ['replace', 'tag', 'pseudonym', 'removeSentence', 'drop', 'annotate'] as const
export type Action = (typeof ACTIONS)[number]

/**
 * What a value becomes. `known` are the distinct values of its kind met before in the document, in order; `isGlued` says that a
 * word stands against it, with which what is put in could read as something else.
 */
export type Writer = (detection: Detection, known: Map<string, number>, isGlued: boolean) => string

export interface Masked {
  readonly text: string
  /** Of what was put in, and of what is only marked, in `text`. */
  readonly spans: Span[]
  /** Where in the text as it was a place in `text` comes from that was left as it is. */
  readonly sourceOf: (at: number) => number
}

/** Applies an action to each detection. @param detections in order, none overlapping; none has the action `drop` */
export function applyActions(
  text: string,
  detections: readonly Detection[],
  actionOf: (type: string) => Action,
  writers: Readonly<Record<'replace' | 'pseudonym', Writer>>,
): Masked {
  const removed = removedStretches(text, detections, actionOf)
  const known = new Map<string, Map<string, number>>()
  const spans: Span[] = []
  const left: Left[] = []
  let out = ''
  let done = 0
  let gap = 0
  const leave = (to: number) => {
    if (to > done) left.push({ at: out.length, from: done })
    out += text.slice(done, to)
  }
  for (const detection of detections) {
    const { start, end, type, score } = detection
    for (; gap < removed.length && removed[gap].start <= start; gap++) {
      leave(removed[gap].start)
      done = removed[gap].end
    }
    if (start < done) continue
    leave(start)
    const at = out.length
    const isGlued = isWord(out.charCodeAt(at - 1)) || isWord(text.charCodeAt(end))
    out += written(text, detection, actionOf(type), writers, known, isGlued)
    spans.push({ start: at, end: out.length, type, score })
    done = end
  }
  for (; gap < removed.length; gap++) {
    leave(removed[gap].start)
    done = removed[gap].end
  }
  leave(text.length)
  return { text: out, spans, sourceOf: sourceIn(left) }
}

/** A stretch that was left as it is: where it stands in the new text, and where it stood. */
interface Left {
  readonly at: number
  readonly from: number
}

function sourceIn(left: readonly Left[]): (at: number) => number {
  return (at) => {
    let low = 0
    let high = left.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (left[middle].at <= at) low = middle + 1
      else high = middle
    }
    const { at: start, from } = left[Math.max(0, low - 1)]
    return from + at - start
  }
}

function written(
  text: string,
  detection: Detection,
  action: Action,
  writers: Readonly<Record<'replace' | 'pseudonym', Writer>>,
  known: Map<string, Map<string, number>>,
  isGlued: boolean,
): string {
  if (action === 'annotate') return text.slice(detection.start, detection.end)
  if (action === 'tag') return tagOf(detection.type)
  const ofKind = known.get(detection.type) ?? new Map<string, number>()
  known.set(detection.type, ofKind)
  return action === 'pseudonym'
    ? writers.pseudonym(detection, ofKind, isGlued)
    : writers.replace(detection, ofKind, isGlued)
}

/**
 * The n-th distinct value of a document becomes the n-th replacement of its type, then the first again. The tag where there is none,
 * or where it could grow together with a word beside it and is not `isSafe` there.
 */
export function replacementWriter(
  lists: (detection: Detection) => { kind: string; list: readonly string[]; isSafe: boolean },
): Writer {
  return (detection, known, isGlued) => {
    const { kind, list, isSafe } = lists(detection)
    if (list.length === 0 || (isGlued && !isSafe)) return tagOf(detection.type)
    const key = `${kind} ${detection.value}`
    const number = known.get(key) ?? [...known.keys()].filter((name) => name.startsWith(`${kind} `)).length
    known.set(key, number)
    return list[number % list.length]
  }
}

/**
 * `<EMAIL_kfohbdnm>`: letters that are the same wherever the key, the scope and the value are. 48 bits of HMAC-SHA-256,
 * written in the letters a to p, so that no finder sees a number in them.
 */
export function pseudonymWriter(key: Uint8Array, scope: string): Writer {
  return ({ type, value }) => {
    const digest = createHmac('sha256', key).update(`${scope}\n${type}\n${value}`).digest()
    let letters = ''
    for (const byte of digest.subarray(0, 6)) letters += String.fromCharCode(0x61 + (byte >> 4), 0x61 + (byte & 15))
    return `<${tagName(type)}_${letters}>`
  }
}

/** Tells of a stretch of a text whether it touches what masking has put there: `<PERSON>`, `<EMAIL_kfohbdnmaecb>`. */
export function masksIn(text: string): (start: number, end: number) => boolean {
  const ends = Array.from(text.matchAll(MASK), ({ index, 0: { length } }) => ({ start: index, end: index + length }))
  return (start, end) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (ends[middle].end <= start) low = middle + 1
      else high = middle
    }
    return low < ends.length && ends[low].start < end
  }
}

const MASK = /<[A-Z][A-Z0-9_]{1,60}(?:_[a-p]{12})?>/g

interface Stretch {
  readonly start: number
  readonly end: number
}

/** The sentences around values that are to go with them, in order, none overlapping; a value that lies in two takes both. */
function removedStretches(
  text: string,
  detections: readonly Detection[],
  actionOf: (type: string) => Action,
): Stretch[] {
  const stretches: Stretch[] = []
  let done = 0
  for (const { start, end, type } of detections) {
    if (actionOf(type) !== 'removeSentence' || end <= done) continue
    const from = start < done ? done : sentenceStart(text, start, done)
    const to = sentenceEnd(text, end, detections)
    stretches.push({ start: from, end: to })
    done = to
  }
  return stretches
}

/** Behind the end mark and space of the sentence before, or behind a line break. */
function sentenceStart(text: string, at: number, least: number): number {
  let i = at
  while (i > least) {
    const unit = text.charCodeAt(i - 1)
    if (unit === LINE_FEED) return i
    if (isSpace(unit) && i - 1 > least && endsSentence(text.charCodeAt(i - 2))) return i
    if (unit > 0xff && endsSentence(unit)) return i
    i--
  }
  return i
}

/** Behind the end mark and the spaces that follow it, or before a line break; never inside another value. */
function sentenceEnd(text: string, from: number, detections: readonly Detection[]): number {
  let next = firstFrom(detections, from)
  let i = from
  while (i < text.length) {
    if (next < detections.length && detections[next].start <= i) i = Math.max(i, detections[next++].end)
    const unit = text.charCodeAt(i)
    if (unit === LINE_FEED || i >= text.length) return i
    i++
    if (!endsSentence(unit)) continue
    if (unit <= 0xff && i < text.length && !isSpace(text.charCodeAt(i)) && text.charCodeAt(i) !== LINE_FEED) continue
    while (isSpace(text.charCodeAt(i))) i++
    return i
  }
  return i
}

/** Index of the first detection that starts at `at` or later. */
function firstFrom(detections: readonly Detection[], at: number): number {
  let low = 0
  let high = detections.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (detections[middle].start < at) low = middle + 1
    else high = middle
  }
  return low
}

const LINE_FEED = 0x0a

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0xa0 || unit === 0x3000
}

/** Documentation values of the types that no option names. */
export function shippedReplacements(type: string): readonly string[] {
  return REPLACEMENTS[type] ?? []
}
