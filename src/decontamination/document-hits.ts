/** What is kept of a document between its search and its verdict: its hits, and the text where they are. */
import type { Document } from '../document/document.js'
import type { NgramIndex } from './ngram-index.js'
import type { Tokens } from './tokens.js'

/** A hit with its place in the document's text, in UTF-16 units. */
export interface PlacedHit {
  readonly slot: number
  readonly token: number
  readonly length: number
  readonly start: number
  readonly end: number
  /** Words before it and up to its end in halves: characters of scripts without spaces count half. */
  readonly startHalves: number
  readonly endHalves: number
}

/** Text around hits that follow each other within n words. */
interface Stretch {
  readonly start: number
  readonly text: string
}

export class DocumentHits {
  constructor(
    readonly id: string,
    readonly url: string,
    readonly hits: readonly PlacedHit[],
    private readonly stretches: readonly Stretch[],
  ) {}

  /** Null when nothing of the index stands in the text. */
  static search({ id, url, text }: Document, index: NgramIndex, tokens: Tokens): DocumentHits | null {
    tokens.scan(text)
    const hits = index.search(tokens)
    if (hits.length === 0) return null
    const halves = new Uint32Array(tokens.count + 1)
    for (let token = 0; token < tokens.count; token++) halves[token + 1] = halves[token] + tokens.halvesOf(token)
    const placed = hits.map(({ slot, token, length }): PlacedHit => {
      const [start, end] = [tokens.startOf(token), tokens.endOf(token + length - 1)]
      return { slot, token, length, start, end, startHalves: halves[token], endHalves: halves[token + length] }
    })
    return new DocumentHits(id, url, placed, stretchesOf(placed, text, index.ngramLength))
  }

  encode(): Uint8Array {
    const hits = this.hits.flatMap(({ slot, token, length, start, end, startHalves, endHalves }) => [
      ...[slot, token, length, start, end, startHalves, endHalves],
    ])
    return new TextEncoder().encode(JSON.stringify({ id: this.id, url: this.url, hits, stretches: this.stretches }))
  }

  static decode(bytes: Uint8Array): DocumentHits {
    const { id, url, hits, stretches } = JSON.parse(new TextDecoder().decode(bytes)) // made by `encode`
    const placed: PlacedHit[] = []
    for (let i = 0; i < hits.length; i += 7) {
      const [slot, token, length, start, end, startHalves, endHalves] = hits.slice(i, i + 7)
      placed.push({ slot, token, length, start, end, startHalves, endHalves })
    }
    return new DocumentHits(id, url, placed, stretches)
  }

  /** Text from the first unit of a hit to behind the last of another within the same stretch. */
  textOf(start: number, end: number): string {
    const stretch = this.stretches.findLast((one) => one.start <= start)
    return stretch === undefined ? '' : stretch.text.slice(start - stretch.start, end - stretch.start)
  }
}

function stretchesOf(hits: readonly PlacedHit[], text: string, gapMax: number): Stretch[] {
  const stretches: Stretch[] = []
  let { start, end } = hits[0]
  let endToken = 0
  for (const hit of hits) {
    if (hit.token >= endToken + gapMax && endToken > 0) {
      stretches.push({ start, text: text.slice(start, end) })
      start = hit.start
    }
    end = Math.max(end, hit.end)
    endToken = Math.max(endToken, hit.token + hit.length)
  }
  stretches.push({ start, text: text.slice(start, end) })
  return stretches
}
