/** Writes Hugging Face tokenizer.json (tokenizers 0.23), the other direction of `tokenizer-json.ts`. */
import { mergesOf } from './merges.js'
import type { AddedToken, TokenizerModel } from './model.js'
import { normalizerJson, preTokenizerJson } from './tokenizer-json-text.js'
import { textOfToken } from './vocabulary.js'

type Json = Readonly<Record<string, unknown>>

export function writeTokenizerJson(model: TokenizerModel): string {
  const { vocabulary, added } = model
  const { ids, wholePieces, alphabet } = vocabulary
  const texts = Array.from(ids, (_, token) => textOfToken(vocabulary, token))
  const merges = mergesOf(vocabulary)
  const pairs: [string, string][] = []
  for (let i = 0; i < merges.length; i += 3) pairs.push([texts[merges[i]], texts[merges[i + 1]]])
  const unknown = alphabet.kind === 'characters' ? alphabet.unknownId : null
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...added].sort((a, b) => a.id - b.id).map(addedJson),
    normalizer: normalizerJson(model),
    pre_tokenizer: preTokenizerJson(model),
    post_processor: templateJson(model),
    decoder: decoderJson(model),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown === null ? null : (texts[ids.indexOf(unknown)] ?? null),
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: alphabet.kind === 'characters' && alphabet.fuseUnknown,
      byte_fallback: alphabet.kind === 'characters' && alphabet.fallback !== null,
      ignore_merges: wholePieces,
      vocab: vocabJson(texts, model),
      merges: pairs,
    },
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** With the added tokens: only so do they keep their ids (Hugging Face tokenizers numbers others itself). */
function vocabJson(
  texts: readonly string[],
  { vocabulary: { ids }, added }: TokenizerModel,
): Readonly<Record<string, number>> {
  const entries = texts.map((text, token): [string, number] => [text, ids[token]])
  const isThere = new Set(texts)
  for (const { content, id } of added) if (!isThere.has(content)) entries.push([content, id])
  return Object.fromEntries(entries.sort((a, b) => a[1] - b[1]))
}

function addedJson({ content, id, special, stripLeft, stripRight, singleWord, normalized }: AddedToken): Json {
  return {
    id,
    content,
    single_word: singleWord,
    lstrip: stripLeft,
    rstrip: stripRight,
    normalized,
    special,
  }
}

function templateJson({ before, after, added, vocabulary }: TokenizerModel): Json | null {
  const byteLevel =
    vocabulary.alphabet.kind === 'bytes'
      ? { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }
      : null
  if (before.length === 0 && after.length === 0) return byteLevel
  const nameOf = (id: number): string => {
    const token = vocabulary.ids.indexOf(id)
    return added.find((one) => one.id === id)?.content ?? textOfToken(vocabulary, token)
  }
  const special = (type: number) => (id: number) => ({ SpecialToken: { id: nameOf(id), type_id: type } })
  const around = (sequence: string, type: number) => [
    ...before.map(special(type)),
    { Sequence: { id: sequence, type_id: type } },
    ...after.map(special(type)),
  ]
  const used = new Set([...before, ...after])
  return {
    type: 'TemplateProcessing',
    single: around('A', 0),
    pair: [...around('A', 0), ...around('B', 1)],
    special_tokens: Object.fromEntries(
      [...used].map((id) => [nameOf(id), { id: nameOf(id), ids: [id], tokens: [nameOf(id)] }]),
    ),
  }
}

function decoderJson({ vocabulary: { alphabet }, normalization }: TokenizerModel): Json | null {
  if (alphabet.kind === 'bytes')
    return { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }
  const decoders: Json[] = []
  if (normalization.kind === 'spaces') {
    decoders.push({ type: 'Replace', pattern: { String: normalization.space }, content: ' ' })
  }
  if (alphabet.fallback !== null) decoders.push({ type: 'ByteFallback' })
  decoders.push({ type: 'Fuse' })
  if (normalization.kind === 'spaces' && normalization.prepend !== 'never') {
    decoders.push({ type: 'Strip', content: ' ', start: 1, stop: 0 })
  }
  return { type: 'Sequence', decoders }
}
