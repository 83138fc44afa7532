/** What a tokenizer.json says of text before merging: its `normalizer` and `pre_tokenizer`, both ways. */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import { patternSource } from '../kernels/pretokens/index.js'
import { stepOf } from './known-patterns.js'
import type { Normalization, SplitStep, TokenizerModel } from './model.js'

type Json = Readonly<Record<string, unknown>>

export interface TextRules {
  readonly isByteLevel: boolean
  readonly normalization: Normalization
  readonly split: readonly SplitStep[]
  readonly prefixSpace: boolean
}

/** SentencePiece's sign for a space. */
const SPACE_MARK = '\u2581'
/** A mark begins a piece, as Metaspace with `split` cuts. */
const BEFORE_MARKS = `${SPACE_MARK}[^${SPACE_MARK}]*|[^${SPACE_MARK}]+`

export function readNormalizer(normalizer: unknown, name: string): Normalization {
  const parts = flatten(normalizer, 'normalizers', `${name}, normalizer`)
  let normalization: Normalization = { kind: 'none' }
  let prepends = false
  for (const part of parts) {
    const where = `${name}, normalizer`
    if (part.type === 'NFC' && normalization.kind === 'none' && !prepends) normalization = { kind: 'nfc' }
    else if (part.type === 'Prepend' && part.prepend === SPACE_MARK && normalization.kind === 'none') prepends = true
    else if (part.type === 'Replace' && normalization.kind === 'none' && isSpaceReplace(part)) {
      normalization = { kind: 'spaces', space: SPACE_MARK, prepend: prepends ? 'always' : 'never' }
    } else throw new ConfigError(`${where}: ${JSON.stringify(part)} is not supported here`)
  }
  if (prepends && normalization.kind !== 'spaces') {
    throw new ConfigError(`${name}, normalizer: Prepend without Replace of spaces is not supported`)
  }
  return normalization
}

function isSpaceReplace({ pattern, content }: Json): boolean {
  return isObject(pattern) && pattern.String === ' ' && content === SPACE_MARK
}

export function readPreTokenizer(preTokenizer: unknown, normalization: Normalization, name: string): TextRules {
  const where = `${name}, pre_tokenizer`
  const parts = flatten(preTokenizer, 'pretokenizers', where)
  const split: SplitStep[] = []
  const rules = { isByteLevel: false, normalization, prefixSpace: false }
  for (const [index, part] of parts.entries()) {
    if (rules.isByteLevel) throw new ConfigError(`${where}: ${JSON.stringify(part)} behind ByteLevel is not supported`)
    switch (part.type) {
      case 'ByteLevel':
        if (part.add_prefix_space === true) {
          if (index > 0) throw new ConfigError(`${where}: add_prefix_space behind another step is not supported`)
          rules.prefixSpace = true
        }
        if (part.use_regex !== false) split.push({ kind: 'scanner', pattern: 'gpt2', digits: 'own' })
        rules.isByteLevel = true
        break
      case 'Digits':
        split.push({ kind: 'digits', individually: part.individual_digits === true })
        break
      case 'Split':
        split.push(...readSplit(part, rules.normalization, where))
        break
      case 'Metaspace': {
        if (parts.length > 1 || normalization.kind !== 'none') {
          throw new ConfigError(`${where}: Metaspace beside another step or a normalizer is not supported`)
        }
        rules.normalization = readMetaspace(part, where)
        if (part.split !== false) split.push({ kind: 'regex', source: BEFORE_MARKS })
        break
      }
      default:
        throw new ConfigError(`${where}.type: ${JSON.stringify(part.type)} is not supported`)
    }
  }
  if (rules.isByteLevel && normalization.kind === 'spaces') {
    throw new ConfigError(`${name}: ByteLevel behind a normalizer that replaces spaces is not supported`)
  }
  return { ...rules, split }
}

function readMetaspace(part: Json, where: string): Normalization {
  const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? 'never' : 'always')
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    throw new ConfigError(`${where}, prepend_scheme: expected always, first or never, got ${JSON.stringify(scheme)}`)
  }
  if (part.replacement !== SPACE_MARK) {
    throw new ConfigError(`${where}, replacement: expected ${SPACE_MARK}, got ${JSON.stringify(part.replacement)}`)
  }
  return { kind: 'spaces', space: SPACE_MARK, prepend: scheme === 'always' ? 'unlessThere' : scheme }
}

function readSplit(part: Json, normalization: Normalization, where: string): SplitStep[] {
  const { pattern } = part
  const regex = isObject(pattern) ? pattern.Regex : undefined
  const text = isObject(pattern) ? pattern.String : undefined
  if (typeof regex !== 'string' && typeof text !== 'string') {
    throw new ConfigError(`${where}: a Split needs a pattern, got ${JSON.stringify(part)}`)
  }
  // The normalizer has left no space to split at.
  if (text === ' ' && normalization.kind === 'spaces') return []
  const step = stepOf(typeof regex === 'string' ? regex : escaped(String(text)), 'huggingface')
  const isIsolated = part.behavior === 'Isolated' && part.invert !== true
  // Only what does not match is removed, and scanners match everything.
  const isInverse = part.behavior === 'Removed' && part.invert === true && step.kind === 'scanner'
  if (!isIsolated && !isInverse) {
    throw new ConfigError(
      `${where}: a Split with behavior ${JSON.stringify(part.behavior)}, invert ${part.invert === true} is not supported`,
    )
  }
  return [step]
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** The steps of a sequence, however deep. */
function flatten(step: unknown, key: string, where: string): Json[] {
  if (step === null) return []
  if (!isObject(step)) throw new ConfigError(`${where}: expected an object or null`)
  if (step.type !== 'Sequence') return [step]
  const parts = step[key]
  if (!Array.isArray(parts)) throw new ConfigError(`${where}: expected a list ${key}`)
  return parts.flatMap((part) => flatten(part, key, where))
}

// ---- writing ----

export function normalizerJson({ normalization }: TokenizerModel): Json | null {
  switch (normalization.kind) {
    case 'none':
      return null
    case 'nfc':
      return { type: 'NFC' }
    case 'spaces': {
      if (normalization.prepend === 'unlessThere' || normalization.prepend === 'first') return null // Metaspace does it
      const replace = { type: 'Replace', pattern: { String: ' ' }, content: normalization.space }
      if (normalization.prepend === 'never') return replace
      return { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: normalization.space }, replace] }
    }
  }
}

export function preTokenizerJson({ normalization, split, prefixSpace, vocabulary }: TokenizerModel): Json | null {
  if (vocabulary.alphabet.kind === 'characters') {
    if (normalization.kind !== 'spaces') return null
    const { prepend, space } = normalization
    if (prepend !== 'unlessThere' && prepend !== 'first') return null
    const scheme = prepend === 'first' ? 'first' : 'always'
    return { type: 'Metaspace', replacement: space, prepend_scheme: scheme, split: split.length > 0 }
  }
  const last = split[split.length - 1]
  const usesRegex = last?.kind === 'scanner' && last.pattern === 'gpt2' && last.digits === 'own'
  const steps = (usesRegex ? split.slice(0, -1) : split).flatMap(stepJson)
  const byteLevel = { type: 'ByteLevel', add_prefix_space: prefixSpace, trim_offsets: true, use_regex: usesRegex }
  return steps.length === 0 ? byteLevel : { type: 'Sequence', pretokenizers: [...steps, byteLevel] }
}

function stepJson(step: SplitStep): Json[] {
  if (step.kind === 'digits') return [{ type: 'Digits', individual_digits: step.individually }]
  const source = step.kind === 'regex' ? step.source : patternSource(step.pattern, step.digits)
  if (source === '') return []
  return [{ type: 'Split', pattern: { Regex: source }, behavior: 'Isolated', invert: false }]
}
