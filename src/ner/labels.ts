/**
 * Labels of tokens: O, and B- and I- for each type (IOB2; Tjong Kim Sang and Veenstra 1999). Label 0 is O, 1 + 2t begins an entity
 * of type t, 2 + 2t goes on with one.
 */

export const ENTITY_TYPES = ['person', 'organization', 'location'] as const
export type EntityType = (typeof ENTITY_TYPES)[number]

export const LABELS = 1 + 2 * ENTITY_TYPES.length

/** Names of types in published data; what is not here is no entity. */
const TYPE_OF: Readonly<Record<string, EntityType>> = {
  person: 'person',
  per: 'person',
  organization: 'organization',
  organisation: 'organization',
  org: 'organization',
  corporation: 'organization',
  group: 'organization',
  location: 'location',
  loc: 'location',
  gpe: 'location',
  fac: 'location',
}

/** Of a name as others write it, in any case; undefined for what is none of our types. */
export function typeOfName(name: string): EntityType | undefined {
  const known = name.toLowerCase()
  return Object.hasOwn(TYPE_OF, known) ? TYPE_OF[known] : undefined
}

/** Whether an entity goes on with `label` behind `before`; `before` is -1 at the beginning of a sentence. */
export function mayFollow(before: number, label: number): boolean {
  if (label === 0 || label % 2 === 1) return true
  return before === label || before === label - 1
}

export interface Entity {
  /** Tokens [from, to). */
  readonly from: number
  readonly to: number
  readonly type: number
}

/** Entities of labels that follow each other. */
export function entitiesOf(labels: ArrayLike<number>): Entity[] {
  const found: Entity[] = []
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] % 2 === 0) continue
    let to = i + 1
    while (to < labels.length && labels[to] === labels[i] + 1) to++
    found.push({ from: i, to, type: (labels[i] - 1) >> 1 })
  }
  return found
}

/** Entities of tags as data sets write them: `B-PER`, `I-location`, `O`; an I- of another type, or alone, begins one too. */
export function entitiesOfTags(tags: readonly string[]): Entity[] {
  const labels = new Uint8Array(tags.length)
  let before = 0
  tags.forEach((tag, i) => {
    const type = typeOfName(tag.slice(2))
    const begin = type === undefined || !/^[BI]-/.test(tag) ? 0 : 1 + 2 * ENTITY_TYPES.indexOf(type)
    const goesOn = tag.startsWith('I') && (before === begin || before === begin + 1)
    labels[i] = begin === 0 ? 0 : goesOn ? begin + 1 : begin
    before = labels[i]
  })
  return entitiesOf(labels)
}
