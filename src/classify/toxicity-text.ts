/**
 * A text as the toxicity model sees it. Names of groups of people all become one word, so that no group's name can count for
 * or against a text (Dixon et al. 2018, "Measuring and Mitigating Unintended Bias", see it as the chief fault of such models);
 * what stands in quotation marks is left out where others talk about it; letters written as digits or signs become letters.
 * English.
 */

/** Stands for a group of people, or one of them. */
export const GROUP = '<group>'
const QUOTED = '<quoted>'

/** Words for people that take part in a group's name: "gay people", "black men". */
const PEOPLE = words(`
  people person persons folk folks men man women woman guys guy girls girl boys boy kids kid children child families family
  community communities population couples couple males male females female ones individuals lives neighbours neighbors`)

/** Names that can follow each other: "disabled trans women". Plurals by -s are found too. */
const GROUP_NAMES = words(`
  woman women man men girl boy female male lady ladies wife wives mother mothers feminist feminists feminism
  gay gays lesbian homosexual homosexuals bisexual queer lgbt lgbtq lgbtqia heterosexual asexual
  trans transgender transgendered transsexual transwoman transwomen transman transmen nonbinary non-binary intersex cisgender
  black blacks white whites brown african african-american american asian latino latina latinx hispanic native aboriginal
  indigenous arab arabs european caucasian mexican chinese japanese korean vietnamese filipino indian pakistani bangladeshi
  afghan iranian iraqi syrian turkish turk turks kurdish kurd russian polish romanian bulgarian ukrainian german
  french british english irish scottish welsh italian spanish portuguese greek dutch swedish nigerian somali ethiopian
  moroccan egyptian israeli palestinian lebanese cuban brazilian colombian venezuelan haitian jamaican puerto-rican roma romani
  sinti traveller travellers canadian australian
  muslim islam islamic moslem jew jews jewish judaism christian christianity catholic protestant mormon hindu hinduism sikh
  buddhist buddhism atheist atheism pagan
  immigrant migrant refugee foreigner asylum-seeker expat newcomer
  disabled disability disabilities handicapped blind deaf autistic autism wheelchair-user dyslexic epileptic paralyzed paralysed
  elderly teenage teenager senior pensioner millennial homeless unemployed
`)

const LETTER_OF: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
}
const WORD_OR_MARK = /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}@$!€*'’+-]*|[^\s]/gu
const WORD_START = /^[\p{L}\p{N}]/u
const LETTER = /\p{L}/u
const TRAILING = new Set("@$!€*'’+-")
const DISGUISED = /[0134579@$!€]/
const ADDRESS = /^(?:https?:|www\.|@.)/
const QUOTE = /^["“”„«»]$/
/** Quoted text counts unless so many words stand around it. */
const WORDS_AROUND_MIN = 3
const QUOTE_WORDS_MAX = 40

/** Words and marks with spaces between. */
export function toxicityText(text: string): string {
  const found: string[] = []
  for (const part of text.toLowerCase().split(/\s+/)) {
    if (part === '' || ADDRESS.test(part)) continue
    for (const [token] of part.matchAll(WORD_OR_MARK)) found.push(WORD_START.test(token) ? plainWord(token) : token)
  }
  return withGroups(withoutQuotes(found)).join(' ')
}

/** Trailing marks off, letters behind digits and signs back, and no letter more than twice in a row. */
function plainWord(word: string): string {
  let end = word.length
  while (TRAILING.has(word[end - 1])) end--
  let plain = word.slice(0, end).replaceAll('’', "'")
  if (DISGUISED.test(plain) && LETTER.test(plain)) {
    plain = plain.replace(/[0134579@$!€]/g, (sign) => LETTER_OF[sign] ?? sign)
  }
  return plain.replace(/(\p{L})\1{2,}/gu, '$1$1')
}

function withoutQuotes(tokens: readonly string[]): string[] {
  const kept: string[] = []
  let wordsKept = 0
  for (let at = 0; at < tokens.length; at++) {
    const end = QUOTE.test(tokens[at]) ? endOfQuote(tokens, at + 1) : -1
    if (end > at) {
      kept.push(QUOTED)
      at = end
      continue
    }
    kept.push(tokens[at])
    if (WORD_START.test(tokens[at])) wordsKept++
  }
  return wordsKept < WORDS_AROUND_MIN ? [...tokens] : kept
}

/** -1 when no mark closes it within a sentence's length: it was no quotation. */
function endOfQuote(tokens: readonly string[], from: number): number {
  for (let at = from; at < tokens.length && at < from + QUOTE_WORDS_MAX; at++) if (QUOTE.test(tokens[at])) return at
  return -1
}

function withGroups(tokens: readonly string[]): string[] {
  const out: string[] = []
  for (const token of tokens) {
    const isGroup = isGroupName(token)
    if (out.at(-1) === GROUP && (isGroup || PEOPLE.has(token))) continue
    out.push(isGroup ? GROUP : token)
  }
  return out
}

function isGroupName(word: string): boolean {
  const bare = word.endsWith("'s") ? word.slice(0, -2) : word
  return GROUP_NAMES.has(bare) || (bare.endsWith('s') && GROUP_NAMES.has(bare.slice(0, -1)))
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}
