/** Takes spans out of a text. */
import type { TextSpan } from './item-matches.js'

/**
 * The text without the spans and the punctuation that hangs on them. What was around a span is joined by a space, a line
 * feed where it took a line break along (`cut`), or an empty line (`split`). Spans may come in any order and overlap.
 */
export function withoutSpans(text: string, spans: readonly TextSpan[], mode: 'cut' | 'split'): string {
  let out = ''
  let done = 0
  for (const { start, end } of unionOf(spans.map((span) => withPunctuation(text, span)))) {
    out = joined(out, text.slice(done, start), done > 0, mode)
    done = end
  }
  return joined(out, text.slice(done), done > 0, mode)
}

function joined(before: string, after: string, isCut: boolean, mode: 'cut' | 'split'): string {
  if (!isCut) return after
  const [head, tail] = [before.trimEnd(), after.trimStart()]
  if (head === '') return tail
  if (tail === '') return head
  if (mode === 'split') return `${head}\n\n${tail}`
  const gap = before.slice(head.length) + after.slice(0, after.length - tail.length)
  return `${head}${gap.includes('\n') ? '\n' : ' '}${tail}`
}

/** Overlapping and touching spans as one, in order. */
export function unionOf(spans: readonly TextSpan[]): TextSpan[] {
  const union: { start: number; end: number }[] = []
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = union.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else union.push({ start, end })
  }
  return union
}

/** With what stands between the span and the next white space, letter or digit on both sides. */
function withPunctuation(text: string, { start, end }: TextSpan): TextSpan {
  while (start > 0 && isPunctuation(text.charCodeAt(start - 1))) start--
  while (end < text.length && isPunctuation(text.charCodeAt(end))) end++
  return { start, end }
}

const WORDS_AND_SPACE = /[\p{L}\p{N}\p{M}\s]/u

/** Halves of pairs are no punctuation, so no pair is ever cut through. */
function isPunctuation(unit: number): boolean {
  if (unit >= 0xd800 && unit <= 0xdfff) return false
  return !WORDS_AND_SPACE.test(String.fromCharCode(unit))
}
