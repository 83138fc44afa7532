/** The names of a classifier's labels: `id2label` of the config.json that Hugging Face transformers writes beside a model. */
import { isObject } from '../document/json.js'
import { ConfigError, messageOf } from '../errors/errors.js'

/** In the order of the logits. @param name of the file, for messages. Throws ConfigError. */
export function readModelLabels(bytes: Uint8Array, name: string): string[] {
  let config: unknown
  try {
    config = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new ConfigError(`${name}: expected JSON: ${messageOf(error)}`)
  }
  const labels = isObject(config) ? config.id2label : undefined
  if (!isObject(labels)) throw new ConfigError(`${name}: expected an object id2label`)
  const count = Object.keys(labels).length
  return Array.from({ length: count }, (_, id) => {
    const label = labels[String(id)]
    if (typeof label === 'string' && label !== '') return label
    throw new ConfigError(
      `${name}, id2label: expected names of 0 to ${count - 1}, got ${JSON.stringify(label)} at ${id}`,
    )
  })
}
