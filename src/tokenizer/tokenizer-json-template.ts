/** What the `post_processor` of a tokenizer.json puts around a text. Left out: pairs of texts. */
import { isObject } from '../document/json.js'
import { ConfigError } from '../errors/errors.js'
import { checkId } from './vocabulary.js'

type Json = Readonly<Record<string, unknown>>

/** Ids before and behind the text of a post-processor. */
export function readTemplate(processor: unknown, name: string): { before: number[]; after: number[] } {
  const nothing = { before: [], after: [] }
  if (processor === null) return nothing
  const where = `${name}, post_processor`
  if (!isObject(processor)) throw new ConfigError(`${where}: expected an object`)
  switch (processor.type) {
    case 'ByteLevel':
      return nothing
    case 'Sequence': {
      const parts = Array.isArray(processor.processors) ? processor.processors : []
      const templates = parts.map((part) => readTemplate(part, name))
      return { before: templates.flatMap(({ before }) => before), after: templates.flatMap(({ after }) => after) }
    }
    case 'TemplateProcessing':
      return readPieces(processor, where)
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const idOf = (key: string): number =>
        checkId(Array.isArray(processor[key]) ? processor[key][1] : undefined, `${where}, ${key}`)
      return { before: [idOf('cls')], after: [idOf('sep')] }
    }
    default:
      throw new ConfigError(`${where}.type: ${JSON.stringify(processor.type)} is not supported`)
  }
}

function readPieces(processor: Json, where: string): { before: number[]; after: number[] } {
  const { single, special_tokens: special } = processor
  if (!Array.isArray(single) || !isObject(special)) {
    throw new ConfigError(`${where}: expected a template with single and special_tokens`)
  }
  const sides: { before: number[]; after: number[] } = { before: [], after: [] }
  let side: 'before' | 'after' = 'before'
  for (const piece of single as unknown[]) {
    if (isObject(piece) && isObject(piece.Sequence)) side = 'after'
    else {
      const id = isObject(piece) && isObject(piece.SpecialToken) ? piece.SpecialToken.id : undefined
      const token = typeof id === 'string' ? special[id] : undefined
      if (!isObject(token) || !Array.isArray(token.ids)) {
        throw new ConfigError(`${where}: ${JSON.stringify(piece)} names no token of special_tokens`)
      }
      for (const one of token.ids) sides[side].push(checkId(one, where))
    }
  }
  return sides
}
