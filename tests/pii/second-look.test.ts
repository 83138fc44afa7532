/**
 * Later looks at a text are taken only near what changed. What they find must be what looks at the whole text would: once all that was
 * found has become marks, a first look at all of it finds nothing more.
 */
import { expect, it } from 'vitest'
import { makeDetector } from '../../src/pii/detect.js'
import { PATTERN_TYPES } from '../../src/pii/types.js'
import { Random } from '../support/random.js'

const { KINDS }: { KINDS: Record<string, () => string> } = await import(
  new URL('../../bench/hostile-pages.js', import.meta.url).href
)
const GLUE = [
  ...['', '', ' ', ' ', ',', '.', '-', '/', '(', ')', '+', '<', '\n', ': ', ' - ', '00', '1', '12 ', '123-', '4 '],
  ...['tel ', ' born ', 'card ', ' ssn ', 'é', '漢', '١', 'Apt. 12\n'],
]

it('leaves nothing that a look at the whole text finds', async () => {
  const detect = await makeDetector({ types: PATTERN_TYPES, ip: 'all', countries: [], scoreMin: 0.5, allow: new Set() })
  let total = 0
  for (let seed = 1; seed <= 1500; seed++) {
    const random = new Random(seed)
    const kinds = Array.from({ length: 1 + random.below(5) }, () => random.pick(Object.values(KINDS)))
    let text = ''
    for (let n = 5 + random.below(40); n > 0; n--) {
      const part = random.pick(kinds)()
      text += (random.below(5) === 0 ? part.slice(random.below(part.length)) : part.trimEnd()) + random.pick(GLUE)
    }
    const found = detect(text, 'en')
    let marked = ''
    let done = 0
    for (const { start, end } of found) {
      marked += `${text.slice(done, start)}${'<'.repeat(end - start - 1)}>`
      done = end
    }
    marked += text.slice(done)
    expect(detect(marked, 'en'), `seed ${seed}: ${JSON.stringify(text)}`).toEqual([])
    total += found.length
  }
  expect(total).toBeGreaterThan(10_000)
})
