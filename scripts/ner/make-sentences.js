/**
 * Writes invented sentences with person, organization and location tags, for training entity recognition: templates.txt filled from
 * lists/, and from names, places and companies put together of parts, so that more than the lists is learned. JSON Lines
 * {"tokens", "tags"} on stdout; the same for the same seed. The templates and lists are our own writing. With files of labeled
 * sentences, those that hold entities come out too, two times each, with others of the same type in their place.
 * Usage: node scripts/ner/make-sentences.js [count] [seed] [sentences.jsonl ...] > invented.jsonl
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const count = Number(process.argv[2] ?? 10000)
const COPIES = 2
let state = Number(process.argv[3] ?? 1)

const linesOf = (path) =>
  readFileSync(join(import.meta.dirname, path), 'utf8')
    .trim()
    .split('\n')
const list = Object.fromEntries(
  ['first-name', 'last-name', 'country', 'region', 'city', 'organization', 'nationality'].map((name) => [
    name,
    linesOf(`lists/${name}.txt`),
  ]),
)
const templates = linesOf('templates.txt')
const words = (text) => text.trim().split(/\s+/)

/** mulberry32 */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let bits = Math.imul(state ^ (state >>> 15), state | 1)
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
}
const below = (end) => Math.floor(random() * end)
const pick = (from) => from[below(from.length)]
const chance = (share) => random() < share
const digits = (length) => Array.from({ length }, () => below(10)).join('')
const upperFirst = (word) => word[0].toUpperCase() + word.slice(1)

const ONSETS = words(
  'b br ch d dr f fr g gr h j k kl kr l m n p pr r s sch sh sk st t th tr v w y z zh bl gl vl mb nd ts ng',
)
const VOWELS = words('a a a e e e i i o o u ai ei ou ia á é ö ü å ø ę ı')
const CODAS = words('n r l s m k t d nd rt st ll ss ng n r')
const LAST_ENDINGS = words(
  'ov ova ev eva in ina sky ska enko chuk ić ović ević čič ski wski cki ák ek ová ský son sen sson dóttir berg strom lund gren mann er stein bauer ez es o i elli ini etti oni escu eanu poulos idis akis yan ian shvili dze oğlu ian zadeh pour i nejad ullah uddin walla kar wal nen la mäki aitis as iūnė iņš a ou é eau ard ier oux in ière court ham ton ley ford worth field well bury wood by smith man stra sma ink huis veld dijk',
)
const FIRST_ENDINGS = words(
  'a ia ina elle ette e us o io an en in ik ek ko ka slav mir islav hild bert wen ir ar on el al im ita ana isha eem uddin ya',
)
const PLACE_ENDINGS = words(
  'ville ton ham bury ford burg berg dorf hausen heim stadt bach feld wald see au kirchen ingen grad sk ovo evo ice ov any in ín nica ac ca polje stad by borg vik sund fjord havn holm lunda vaara järvi la mäki pur abad nagar garh poor stan shi yama kawa mouth minster port chester wick stead dale combe worth bridge field creek vale ania ona ara eda ía ières ac court mont zell weiler',
)
const PLACE_LEADS = words(
  'Bad Saint Sankt San Santa São St. Nova Novi Nové Stara Velika Gornji Donji Nieuw Oud Groß Klein Alt Neu Upper Lower Great Little Old New North South East West Port Fort Mount Lake El La Las Los Le Les Villa Puerto Monte Castel Ciudad Pueblo Kota Tanjung Kampong Ban Nong Al Beni Ras Bir Tel Wadi',
)
const ORG_ENDS = words(
  'Inc Inc. Ltd Ltd. LLC Corp Corp. Corporation Company Co. GmbH AG S.A. SA PLC Limited Group Holdings Partners Associates Industries Enterprises Systems Technologies Solutions Services Consulting Logistics Foods Energy Pharma Labs Media Capital Ventures Analytics Software Motors Airlines Insurance Bank Sons Brothers',
)
const ORG_HEADS = words(
  'Data Cloud Green Blue Red Silver Golden Bright Open Smart Quick Deep Clear North Star Sun Moon Iron Stone River Ocean Mountain Global United National First Prime Alpha Omega Nova Terra Aqua Aero Bio Geo Neuro Cyber Hyper Meta Micro Nano Omni Pan Uni Quantum Vertex Apex Summit Harbor Bridge Forge Spark Pixel Signal Vector Civic Urban Rural Health Care Home Farm Solar Wind',
)
const ORG_TAILS = words(
  'ly ify io lytics ware works soft tech base point link wave stack forge mind path line desk box hub lab gram scope sense grid pay cart med care food fit',
)
const INSTITUTES = words(
  'University College Institute Academy Hospital Library Museum Orchestra Council Police Chamber Theatre Zoo Airport Cathedral',
)
const NOUNS = words(
  'Health Finance Education Justice Transport Culture Science Agriculture Energy Defence Labour Trade Environment Housing Statistics Sports Tourism',
)
const STREETS_BEFORE = words(
  'Rue Via Calle Avenida Rua Ulica ul. Piazza Plaza Corso Viale Avenue Boulevard Carrer Paseo Camino Allée Chemin Quai Place Travessa Largo Strada Jalan Calea',
)
const STREETS_AFTER = words(
  'Street St Road Rd Avenue Ave Lane Drive Court Place Square Terrace Way Boulevard Blvd Parkway Crescent Close Row Hill Gardens Grove Walk utca út tér tere ulice cesta trg gade vej gata gatan katu tie straat laan',
)
const STREETS_JOINED = words(
  'straße strasse weg gasse platz allee straat laan weg plein steenweg gatan vägen gade vej veien gata katu tie stræti gata utca',
)
const JOBS = [
  'engineer',
  'nurse',
  'teacher',
  'manager',
  'sales manager',
  'Sales Manager',
  'director',
  'Managing Director',
  'CEO',
  'accountant',
  'Lab technician',
  'driver',
  'lawyer',
  'carpenter',
  'baker',
  'writer',
  'journalist',
  'chairman',
  'head coach',
  'goalkeeper',
  'Software Developer',
  'Project Lead',
  'Geologist',
  'Bookkeeper',
  'Personal trainer',
  'electrician',
  'Dental assistant',
  'chef',
  'Press Officer',
  'Registered Nurse',
  'Operations Analyst',
]
const TITLES = words('Mr. Mrs. Ms. Dr. Prof. Mr Mrs Ms Dr Miss Professor Sir Captain Judge Sister Father')
const MONTHS = words('January February March April May June July August September October November December')
const DAYS = words('Monday Tuesday Wednesday Thursday Friday Saturday Sunday')
const STATES = words(
  'AL AK AZ CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MO NE NV NJ NM NY NC OH OK OR PA RI SC TN TX UT VT VA WA WI WY NSW VIC QLD ON BC SH NW ST',
)

function stem() {
  let word = ''
  for (let i = 1 + below(2); i > 0; i--) word += pick(ONSETS) + pick(VOWELS) + (chance(0.4) ? pick(CODAS) : '')
  return word
}

function first() {
  if (chance(0.2)) return upperFirst(stem() + pick(FIRST_ENDINGS))
  return chance(0.03) ? `${pick(list['first-name'])}-${pick(list['first-name'])}` : pick(list['first-name'])
}

function last() {
  const made = chance(0.35) ? upperFirst(stem() + pick(LAST_ENDINGS)) : pick(list['last-name'])
  if (chance(0.03)) return `${made}-${pick(list['last-name'])}`
  if (chance(0.03))
    return `${pick(['van', 'von', 'de', 'van der', 'de la', 'di', 'da', 'bin', 'al', 'ter', 'du', 'del'])} ${made}`
  return made
}

function initial() {
  return String.fromCharCode(65 + below(26))
}

function person() {
  const kind = random()
  if (kind < 0.7) return `${first()} ${last()}`
  if (kind < 0.78) return `${first()} ${initial()}. ${last()}`
  if (kind < 0.83) return `${initial()}. ${last()}`
  if (kind < 0.87) return `${first()} ${first()} ${last()}`
  if (kind < 0.9) return `${first()} ${last()} ${last()}`
  return kind < 0.95 ? first() : `${first()} ${last()}${pick([' Jr.', ' III', '', ' II'])}`
}

function city() {
  const kind = random()
  if (kind < 0.5) return pick(list.city)
  if (kind < 0.78) return upperFirst(stem() + pick(PLACE_ENDINGS))
  if (kind < 0.88) return `${pick(PLACE_LEADS)} ${upperFirst(stem() + pick(PLACE_ENDINGS))}`
  if (kind < 0.93) return `${pick(PLACE_LEADS)} ${first()}`
  if (kind < 0.97)
    return `${upperFirst(stem() + pick(PLACE_ENDINGS))} ${pick(['am', 'sur', 'an der', 'de', 'del', 'upon', 'nad', 'ob', 'la', 'les'])} ${upperFirst(stem())}`
  return `Saint-${first()}`
}

function place() {
  const kind = random()
  if (kind < 0.55) return city()
  if (kind < 0.8) return pick(list.country)
  if (kind < 0.95) return pick(list.region)
  return `${pick(['Lake', 'Mount', 'River', 'Cape'])} ${upperFirst(stem())}`
}

function brand() {
  const kind = random()
  if (kind < 0.3) return pick(ORG_HEADS) + pick(ORG_TAILS)
  if (kind < 0.5) return pick(ORG_HEADS) + pick(ORG_HEADS)
  if (kind < 0.7) return upperFirst(stem() + pick(ORG_TAILS))
  return kind < 0.85 ? upperFirst(stem()) : `${pick(ORG_HEADS)} ${pick(ORG_HEADS)}`
}

function school() {
  const kind = random()
  if (kind < 0.4)
    return `${city()} ${pick(['University', 'College', 'High School', 'Business School', 'State University', 'Institute of Technology'])}`
  if (kind < 0.7) return `${pick(['University', 'Technical University', 'College', 'Academy'])} of ${place()}`
  return `${pick([last(), `St. ${pick(list['first-name'])}`, last()])} ${pick(['University', 'College', 'School', 'Academy', 'High School'])}`
}

function org() {
  const kind = random()
  if (kind < 0.28) return pick(list.organization)
  if (kind < 0.42) return `${last()} ${pick(ORG_ENDS)}`
  if (kind < 0.48) return `${last()}-${last()}`
  if (kind < 0.5) return `${last()}, ${last()} and ${last()}`
  if (kind < 0.59) return `${last()} & ${pick([last(), 'Sons', 'Co.', 'Company', 'Brothers'])}`
  if (kind < 0.72) return brand()
  if (kind < 0.82) return `${brand()} ${pick(ORG_ENDS)}`
  if (kind < 0.86) return `${brand()} ${pick(ORG_HEADS)} ${pick(ORG_ENDS)}`
  if (kind < 0.9)
    return `${city()} ${pick(['United', 'FC', 'City', 'Rovers', 'Tigers', 'Wolves', 'Kings', 'Athletic', 'Eagles'])}`
  if (kind < 0.93) return `${city()} ${pick(INSTITUTES)}`
  if (kind < 0.95) return `${pick(['Ministry', 'Department', 'Institute', 'Bureau'])} of ${pick(NOUNS)}`
  if (kind < 0.97)
    return `${pick(list.nationality)} ${pick(NOUNS)} ${pick(['Association', 'Council', 'Agency', 'Foundation', 'Federation', 'Union'])}`
  return school()
}

function streetName() {
  return pick([
    last,
    last,
    first,
    () => upperFirst(stem()),
    () => upperFirst(stem() + pick(PLACE_ENDINGS)),
    () => `${first()} ${last()}`,
  ])()
}

function street() {
  const kind = random()
  if (kind < 0.45) return `${streetName()} ${pick(STREETS_AFTER)}`
  if (kind < 0.65) return `${pick(STREETS_BEFORE)} ${pick(['', '', 'de ', 'di ', 'del '])}${streetName()}`
  if (kind < 0.9) return upperFirst(stem() + pick(PLACE_ENDINGS) + pick(STREETS_JOINED))
  return `${1 + below(160)}${pick(['st', 'nd', 'rd', 'th'])} ${pick(['Street', 'Avenue', 'St', 'Ave'])}`
}

function unit() {
  return `${pick(['Apt.', 'Apt', 'Suite', 'Unit', 'Flat', 'Floor', 'Apartment'])} ${1 + below(999)}`
}

function address() {
  const number = `${1 + below(chance(0.7) ? 200 : 9999)}${chance(0.08) ? pick(['a', 'b', 'B', '/2']) : ''}`
  const kind = random()
  const line =
    kind < 0.5
      ? `${number} ${street()}`
      : kind < 0.85
        ? `${street()} ${number}`
        : `${number} ${streetName()} ${1 + below(99)}`
  return chance(0.15) ? `${line} ${unit()}` : line
}

/** Slots that are entities, with their type. */
const ENTITIES = {
  person: ['PER', person],
  first: ['PER', first],
  last: ['PER', last],
  place: ['LOC', place],
  city: ['LOC', city],
  country: ['LOC', () => pick(list.country)],
  region: ['LOC', () => pick(list.region)],
  state: ['LOC', () => pick(STATES)],
  street: ['LOC', street],
  address: ['LOC', address],
  org: ['ORG', org],
  school: ['ORG', school],
}
const OTHERS = {
  unit,
  initial,
  title: () => pick(TITLES),
  job: () => pick(JOBS),
  nationality: () => pick(list.nationality),
  month: () => pick(MONTHS),
  day: () => pick(DAYS),
  year: () => String(1700 + below(330)),
  age: () => String(1 + below(99)),
  time: () => `${below(24)}:${digits(2)}`,
  date: () =>
    pick([
      `${below(29)} ${pick(MONTHS)} ${1950 + below(80)}`,
      `${1950 + below(80)}-0${1 + below(9)}-1${below(10)}`,
      `${1 + below(12)}/${1 + below(28)}/${1950 + below(80)}`,
    ]),
  amount: () => `${pick(['$', '€', '£'])}${1 + below(900)}${pick(['', ',000', ' million', '.50'])}`,
  number: () => digits(3 + below(6)),
  zip: () => digits(5),
  phone: () =>
    pick([
      `+${1 + below(99)} ${digits(2)} ${digits(7)}`,
      `${digits(3)}-${digits(3)}-${digits(4)}`,
      `(${digits(3)}) ${digits(3)} ${digits(4)}`,
      `0${digits(3)} ${digits(3)} ${digits(2)}`,
    ]),
  email: () => `${stem()}@${stem()}.example`,
  url: () =>
    pick([`http://${stem()}.example/${stem()}`, `www.${stem()}.example`, `https://www.${upperFirst(stem())}.example/`]),
  handle: () => `${stem()}${pick(['', '_', digits(2)])}${stem()}`,
  iban: () => `${pick(['DE', 'GB', 'FR', 'NL'])}${digits(18)}`,
  card: () => digits(16),
  ssn: () => `${digits(3)}-${digits(2)}-${digits(4)}`,
  ip: () => `${1 + below(250)}.${below(250)}.${below(250)}.${below(250)}`,
}

function sentence() {
  const tokens = []
  const tags = []
  const add = (text, type) => {
    words(text).forEach((word, i) => {
      tokens.push(word)
      tags.push(type === null ? 'O' : `${i === 0 ? 'B' : 'I'}-${type}`)
    })
  }
  for (const [, literal, slot] of pick(templates).matchAll(/([^{]+)|\{(\w+)\}/g)) {
    if (slot === undefined) {
      if (literal.trim() !== '') add(literal, null)
    } else if (slot in ENTITIES) add(ENTITIES[slot][1](), ENTITIES[slot][0])
    else add(OTHERS[slot](), null)
  }
  return { tokens, tags }
}

const TYPES = {
  PER: 'person',
  ORG: 'org',
  LOC: 'place',
  PERSON: 'person',
  CORPORATION: 'org',
  GROUP: 'org',
  LOCATION: 'place',
}

/** The sentence with other names; null when it has none. */
function withOthers({ tokens, tags }) {
  const out = { tokens: [], tags: [] }
  let isChanged = false
  let before = 'O'
  tags.forEach((tag, i) => {
    const slot = TYPES[tag.slice(2).toUpperCase()]
    const isPart = tag[0] === 'I' && before.slice(2) === tag.slice(2)
    before = tag
    if (slot === undefined || tokens[i] === '@') {
      out.tokens.push(tokens[i])
      out.tags.push(tag)
    } else if (!isPart) {
      const isSingle = tags[i + 1]?.[0] !== 'I'
      const isLower = tokens[i] === tokens[i].toLowerCase()
      const name = slot === 'person' && isSingle ? pick([first, last])() : ENTITIES[slot][1]()
      words(isLower ? name.toLowerCase() : name).forEach((word, j) => {
        out.tokens.push(word)
        out.tags.push(`${j === 0 ? 'B' : 'I'}-${ENTITIES[slot][0]}`)
      })
      isChanged = true
    }
  })
  return isChanged ? out : null
}

for (const file of process.argv.slice(4)) {
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    for (let copy = 0; copy < COPIES; copy++) {
      const other = withOthers(JSON.parse(line))
      if (other !== null) process.stdout.write(`${JSON.stringify(other)}\n`)
    }
  }
}
for (let i = 0; i < count; i++) process.stdout.write(`${JSON.stringify(sentence())}\n`)
