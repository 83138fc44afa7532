/** Regular expressions that files are known to hold, for which there is a hand-made scanner. */
import { DIGITS, PATTERNS, patternSource } from '../kernels/pretokens/index.js'
import type { SplitStep } from './model.js'

const CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const WHITE = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

/** Other spellings: of GPT-2's encoder.py, of tiktoken 0.14.0's r50k_base and cl100k_base. */
const SPELLINGS: readonly (readonly [string, SplitStep])[] = [
  [
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    { kind: 'scanner', pattern: 'gpt2', digits: 'own' },
  ],
  [
    "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s",
    { kind: 'scanner', pattern: 'gpt2', digits: 'own' },
  ],
  [
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
    { kind: 'scanner', pattern: 'cl100k', digits: 'own' },
  ],
  [
    `'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|${WHITE}`,
    { kind: 'scanner', pattern: 'llama3', digits: 'own' },
  ],
  [
    `'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+`,
    { kind: 'scanner', pattern: 'llama3', digits: 'own' },
  ],
  [
    `${CONTRACTION}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+`,
    { kind: 'scanner', pattern: 'llama3', digits: 'own' },
  ],
]

const KNOWN = new Map<string, SplitStep>(SPELLINGS)
for (const pattern of PATTERNS) {
  for (const digits of DIGITS) {
    const source = patternSource(pattern, digits)
    if (source !== '' && !KNOWN.has(source)) KNOWN.set(source, { kind: 'scanner', pattern, digits })
  }
}

/**
 * The step that cuts by a regular expression: by hand where its spelling is known. The spellings with `{1,3}+` are
 * tiktoken's, where that takes three digits for good; to Hugging Face's engine it is any number of them, so there they are
 * not known.
 */
export function stepOf(source: string, engine: 'tiktoken' | 'huggingface'): SplitStep {
  const known = engine === 'huggingface' && source.includes('}+') ? undefined : KNOWN.get(source)
  return known ?? { kind: 'regex', source }
}
