/**
 * How much of a benchmark item stands in a document: the share of its n-grams, the longest run of words, and where. An item
 * contaminates the document when both reach their least values.
 */
import type { PlacedHit } from './document-hits.js'
import type { NgramIndex } from './ngram-index.js'

export interface ItemMatch {
  readonly item: number
  /** Share of the item's different n-grams that the document holds. */
  readonly overlap: number
  /** Words of the longest run in which every n-gram is one of the item's; characters of scripts without spaces count half. */
  readonly longestRun: number
  readonly contaminates: boolean
  /** The runs in order, those with less than n words between them as one; units of the text. */
  readonly spans: readonly TextSpan[]
  /** The longest runs beside the words of the item's passage that they are; at most PASSAGES_MAX. */
  readonly passages: readonly MatchedPassage[]
}

export interface TextSpan {
  readonly start: number
  readonly end: number
}

export interface MatchedPassage extends TextSpan {
  /** The passage among those of its item. */
  readonly passage: number
  readonly firstWord: number
  readonly endWord: number
}

export interface MatchRule {
  readonly overlapMin: number
  /** At least n; 0: n. Passages that are looked for as a whole are shorter and need not reach it. */
  readonly longestRunMin: number
}

export const PASSAGES_MAX = 5

/** Follows an item through the document. */
interface Trace {
  found: number
  joinedFound: number
  isWhole: boolean
  readonly runs: Run[]
}

interface Run {
  readonly firstToken: number
  endToken: number
  readonly startHalves: number
  endHalves: number
  lastHit: number
  readonly start: number
  end: number
  /** Places in the index of the first and of the last n-gram. */
  readonly firstPlace: number
  lastPlace: number
  lastLength: number
}

/**
 * In order of their first hit. n characters in a row are little where they are no words: runs lighter than n words do not count.
 * @param hits by word
 */
export function itemMatches(hits: Iterable<PlacedHit>, index: NgramIndex, rule: MatchRule): ItemMatch[] {
  const traces = new Map<number, Trace>()
  const seen = new Set<number>()
  for (const hit of hits) {
    const isNew = !seen.has(hit.slot)
    seen.add(hit.slot)
    for (const place of index.placesOf(hit.slot)) {
      const item = index.items.itemAt(place)
      let trace = traces.get(item)
      if (trace === undefined) {
        trace = { found: 0, joinedFound: 0, isWhole: false, runs: [] }
        traces.set(item, trace)
      }
      if (isNew) {
        trace.found++
        if (!index.items.isPlainAt(place)) trace.joinedFound++
      }
      if (index.items.isWholeAt(place)) trace.isWhole = true
      follow(trace.runs, hit, place)
    }
  }
  return Array.from(traces)
    .map(([item, trace]) => matchOf(item, trace, index, rule))
    .filter((match) => match !== null)
}

function follow(runs: Run[], hit: PlacedHit, place: number): void {
  const run = runs.at(-1)
  const endToken = hit.token + hit.length
  if (run === undefined || hit.token > run.lastHit + 1) {
    const { token, start, end, length, startHalves, endHalves } = hit
    const places = { firstPlace: place, lastPlace: place, lastLength: length }
    runs.push({ firstToken: token, endToken, startHalves, endHalves, lastHit: token, start, end, ...places })
    return
  }
  run.lastHit = hit.token
  if (endToken < run.endToken) return
  run.endToken = endToken
  run.endHalves = hit.endHalves
  run.end = Math.max(run.end, hit.end)
  run.lastPlace = place
  run.lastLength = hit.length
}

/** Null when there is no run of n words. */
function matchOf(item: number, trace: Trace, index: NgramIndex, rule: MatchRule): ItemMatch | null {
  const { found, joinedFound, isWhole } = trace
  const weightOf = ({ startHalves, endHalves }: Run) => (endHalves - startHalves) / 2
  const runs = trace.runs.filter((run) => isWhole || weightOf(run) >= index.ngramLength)
  if (runs.length === 0) return null
  const longestRun = runs.reduce((most, run) => Math.max(most, weightOf(run)), 0)
  // A copy without the punctuation within words has other n-grams than the item as it is, and fewer.
  const total = joinedFound > 0 ? index.joinedTotal(item) : index.total(item)
  const overlap = isWhole ? 1 : Math.min(1, found / Math.max(1, total))
  return {
    item,
    overlap,
    longestRun,
    contaminates: overlap >= rule.overlapMin && (isWhole || longestRun >= rule.longestRunMin),
    spans: bridged(runs, index.ngramLength, () => true).map(({ start, end }) => ({ start, end })),
    passages: passagesOf(runs, index),
  }
}

function passagesOf(runs: readonly Run[], index: NgramIndex): MatchedPassage[] {
  const { items } = index
  const isOn = (run: Run, next: Run) =>
    next.firstPlace > run.lastPlace && items.passageAt(next.firstPlace) === items.passageAt(run.lastPlace)
  const longest = bridged(runs, index.ngramLength, isOn)
    .toSorted((a, b) => wordsOf(b) - wordsOf(a) || a.start - b.start)
    .slice(0, PASSAGES_MAX)
  return longest.map((run) => {
    const passage = items.passageAt(run.firstPlace)
    const firstWord = index.wordsBefore(run.firstPlace)
    // An n-gram that the item repeats has the place of its first: the last one may lie before the run, or elsewhere.
    const isInOrder = run.lastPlace >= run.firstPlace && items.passageAt(run.lastPlace) === passage
    const endWord = isInOrder ? index.wordsBefore(run.lastPlace) + run.lastLength : firstWord + wordsOf(run)
    return { start: run.start, end: run.end, passage: items.numberInItem(passage), firstWord, endWord }
  })
}

function wordsOf({ firstToken, endToken }: Run): number {
  return endToken - firstToken
}

/** Runs with fewer than `gapMax` words between them are one, where `isOn` says so. */
function bridged(runs: readonly Run[], gapMax: number, isOn: (run: Run, next: Run) => boolean): Run[] {
  const out: Run[] = []
  for (const run of runs) {
    const before = out.at(-1)
    if (before !== undefined && run.firstToken < before.endToken + gapMax && isOn(before, run)) {
      const { firstToken, startHalves, start, firstPlace } = before
      out[out.length - 1] = { ...run, firstToken, startHalves, start, firstPlace, end: Math.max(run.end, before.end) }
    } else out.push(run)
  }
  return out
}
