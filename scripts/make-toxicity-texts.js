/**
 * Writes the training text of models/toxicity-en: labeled texts as they stand, and sentences of our own that say the same
 * kinds of things of groups of people, kind, neutral and hostile, so that the model learns what is said and not of whom.
 *
 *     npm run build && node scripts/make-toxicity-texts.js TOXICITY.jsonl.gz PROSE.jsonl.gz TWEETS.jsonl.gz [--fold N] > training.txt
 *
 * PROSE.jsonl.gz has {text, lang, domain} a line; of its English Wikipedia, sentences drawn by hash are `nontoxic`: prose as most
 * documents have it. TWEETS.jsonl.gz has {tokens, lang, source} a line; those of WNUT 17 and the Broad Twitter Corpus without a word of our
 * hostile lists are `nontoxic`: informal text, in which "you", "they" and questions mean no harm. TOXICITY.jsonl.gz has {text, label, subset, source} a line. HateCheck (both) and the madlibs are left out: they are what the
 * model is measured on. `offensive` of t-davidson, mostly swearing, is a label of its own. The sentences below are made of word
 * lists, and are written by us; they name no group, since the model sees every group's name as the same word. With --fold 0 to 4
 * a fifth of all, words of the lists included, is held out, for choosing options: it goes to stderr.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { fold: { type: 'string' } } })
const built = process.env.MILLRACE_DIST ?? resolve(import.meta.dirname, '../dist')
const { toxicityText, GROUP } = await import(join(built, 'src/classify/toxicity-text.js'))
const { sentenceSpans } = await import(join(built, 'src/text/sentence-spans.js'))
const { SeededRandom } = await import(join(built, 'src/classify/random.js'))

const SENTENCES_A_FRAME = 90
const FOLDS = 5
const PROSE_LENGTH_MIN = 20
const PROSE_ONE_IN = 16

const list = (text) =>
  text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter(Boolean)

const HATE =
  list(`hate, detest, despise, loathe, can not stand, can't stand, abhor, dislike, resent, look down on, spit on, have no
  respect for, have nothing but contempt for, am sick of, am disgusted by, am fed up with, am repulsed by, feel hatred for, distrust`)
const LIKE =
  list(`love, like, admire, respect, adore, support, appreciate, welcome, enjoy meeting, work with, live with, stand with,
  believe in, cherish, trust, listen to, care about, am proud of, am grateful to, am friends with, feel for, defend, miss`)
const BAD_NOUNS =
  list(`vermin, scum, trash, garbage, animals, pigs, rats, dogs, apes, monkeys, cockroaches, insects, parasites, leeches,
  filth, dirt, a disease, a plague, a cancer, a curse, a burden, a threat, a danger, criminals, thieves, liars, cheats, murderers, rapists,
  terrorists, savages, barbarians, monsters, demons, devils, freaks, perverts, degenerates, abominations, cowards, losers, idiots, morons,
  fools, imbeciles, retards, whores, sluts, bastards, bitches, assholes, cunts, pieces of shit, scumbags, maggots, swine, snakes,
  a waste of space, a waste of oxygen, a mistake, an insult to humanity, a stain on our nation, enemies, invaders, subhuman, mutants`)
const GOOD_NOUNS =
  list(`friends, neighbors, doctors, nurses, teachers, poets, singers, parents, citizens, students, heroes, artists,
  a blessing, a gift, a great help, good company, colleagues, leaders, writers, engineers, family, voters, customers, players, fans,
  a part of our town, an inspiration, a minority here, members of the club, guests, our equals, human beings, people like you and me`)
const BAD_ADJECTIVES =
  list(`stupid, dumb, lazy, dirty, filthy, disgusting, ugly, evil, vile, repulsive, revolting, inferior, worthless,
  useless, dangerous, violent, corrupt, greedy, sick, insane, crazy, mad, abnormal, unnatural, immoral, sinful, primitive, backward, ignorant,
  pathetic, weak, dishonest, criminal, barbaric, inhuman, rotten, nasty, horrible, terrible, awful, retarded, brainless, smelly, stinking,
  despicable, degenerate, perverted, wicked, toxic, untrustworthy, savage, fucked up, damned, hateful, contemptible, loathsome`)
const GOOD_ADJECTIVES =
  list(`kind, clever, smart, friendly, generous, brave, strong, beautiful, honest, hard-working, funny, welcome,
  wonderful, great, lovely, talented, gentle, helpful, patient, equal, normal, fine, polite, creative, amazing, awesome, fantastic, happy,
  tired, busy, young at heart, late, here, at work, at school, in the choir, on the team, diverse, proud, free, important, well known`)
const HARM =
  list(`die, burn, suffer, rot, bleed, be killed, be shot, be hanged, be beaten, be burned alive, be exterminated, be wiped out,
  be deported, be locked up, be thrown out, be kicked out, be sent back, be banned, be sterilized, be silenced, be gassed, be executed,
  be eliminated, be put down, be punished, be tortured, be whipped, be stoned, be drowned, be removed from society, disappear, go to hell,
  drop dead, get lost, be eradicated, be crushed, be slaughtered, be stabbed, be attacked, be hunted, not exist, not be allowed to vote,
  not have rights, not be allowed here, know their place, shut up, be denied work, not be allowed near children, leave our country`)
const GOOD_FATE =
  list(`be happy, live in peace, be safe, be heard, be paid fairly, be treated with respect, have the same rights, marry,
  vote, study, adopt children, find work, be welcome, feel at home, be protected, be accepted, be included, be proud, get help, have a home,
  be free, be equal, be invited, be elected, be themselves, be able to travel, get good care, go to school, have a say, be celebrated`)
const KILL =
  list(`kill, shoot, beat up, stab, hang, burn, strangle, hurt, attack, punch, murder, drown, gas, exterminate, destroy,
  wipe out, get rid of, eliminate, slaughter, torture, smash, hit, kick out, deport, run over, lynch, hunt down, choke, poison, crush`)
const HELP =
  list(`help, hire, invite, meet, hug, thank, visit, teach, call, marry, interview, photograph, cook for, sing with, dance with,
  write to, protect, vote for, celebrate, encourage, study with, work for, play football with, travel with, paint, greet, learn from`)
const CONDEMNED =
  list(`hatred of, violence against, prejudice against, discrimination against, attacks on, insults against, lies about,
  jokes about, threats against, hate crimes against, slurs against, contempt for`)
const CONDEMNING =
  list(`is wrong, is a crime, is never acceptable, must stop, has no place here, is a disgrace, makes me sad, hurts everyone,
  is shameful, should be punished, is racist, is sexist, is disgusting, is horrible, is stupid, is evil, is a problem, is awful`)
const THINGS =
  list(`mosquitoes, weeds, traffic jams, taxes, onions, mondays, cold coffee, this phone, my printer, the rain, spiders, wasps,
  video ads, plumbers, lawyers, bankers, politicians, landlords, exams, long meetings, this song, that film, winter, potholes, spam mails`)
const SWEARING = list(
  `fuck, shit, damn, holy shit, fucking hell, bloody hell, crap, goddamn, what the fuck, for fuck's sake`,
)
const DAYS =
  list(`what a day, i forgot my keys, this is so good, it is cold outside, that game was amazing, i am tired, the bus is late,
  i love this song, my phone is dead, i passed the exam, that was a great party, the coffee is cold, i missed the train, look at that view`)

const EVERYDAY =
  list(`go home, wait, try again, come with us, see it, read the book, take the bus, call me, eat, sleep, play, work, think about it,
  talk, listen, write back, pay for it, find the keys, open the door, close the window, cook dinner, learn to swim, drive, walk, run, win,
  lose, buy bread, sell the house, start over, stop there, get up, sit down, stand here, stay, leave, move on, look at this, know that,
  remember, forget it, feel better, send it, bring water, use this, make a list, change the name, help out, ask for more, tell the story,
  show up, get there, come back, give it away, believe it, understand, agree, finish it, do that, do it again, be here, be ready, be there`)
const OBJECTS =
  list(`report, field, picture, file, page, account, window, table, form, list, button, book, letter, car, house, key, ticket, meal,
  game, song, photo, phone, plan, idea, question, answer, story, day, trip, job, class, test, bill, order, address, name, number, date`)
const TRADES =
  list(`minister, journalist, actor, singer, president, student, teacher, scientist, writer, athlete, officer, film, university,
  team, court, bank, newspaper, company, airline, economy, village, embassy, army, parliament, market, festival, restaurant, church, school`)
const NEWS =
  list(`dies at 70, wins award, visits capital, resigns, denies report, is arrested, opens new office, wins world cup, cuts jobs,
  announces plan, killed in crash, shot dead, freed after ten years, rejects law, grows slowly, returns home, signs treaty, is banned,
  found guilty, calls for peace, bans import, marks anniversary, faces trial, loses case, sues over photo, hit by storm, moves to new city`)

/** Frames with {list} slots; what stands in braces and is no list is a choice, written a|b. */
const LISTS = {
  HATE, LIKE, BAD_NOUNS, GOOD_NOUNS, BAD_ADJECTIVES, GOOD_ADJECTIVES, HARM, GOOD_FATE, KILL, HELP, CONDEMNED, CONDEMNING, THINGS,
  SWEARING, DAYS, EVERYDAY, OBJECTS, TRADES, NEWS,
} // biome-ignore format: one list of lists
const START =
  '{|honestly ,|i think|i believe|in my opinion|let me say it :|sorry but|everyone knows that|the truth is that|today}'
const TOXIC = list(`i {HATE} G
  i {HATE} all G
  i really {HATE} {those|these|you} G
  we {HATE} G
  ${START.replaceAll(',', '¸')} G are {BAD_NOUNS}
  ${START.replaceAll(',', '¸')} {all|most|these|those|you} G are {BAD_NOUNS}
  ${START.replaceAll(',', '¸')} G are {BAD_ADJECTIVES}
  ${START.replaceAll(',', '¸')} {all|most|these|those|you} G are {so|too|just|all|really} {BAD_ADJECTIVES}
  G are nothing but {BAD_NOUNS}
  G are {BAD_ADJECTIVES} {BAD_NOUNS}
  {BAD_ADJECTIVES} G
  you {BAD_ADJECTIVES} G
  {those|these} {BAD_ADJECTIVES} G {everywhere|again|ruin everything|make me sick}
  G should {HARM}
  {all|these|those} G {should|must|have to|need to|deserve to|ought to} {HARM}
  i {hope|wish} {all|the|these} G {HARM}
  {i will|i want to|we should|we must|someone should|let us|i am going to} {KILL} {all|the|these|those|every} G
  {KILL} {all|the} G
  {i can not wait to|i would love to} {KILL} a G
  they are G . they {should|deserve to|must} {HARM}
  if you are G you {should|deserve to} {HARM}
  you are just a G to me
  G are not {GOOD_NOUNS}
  G {are not|can never be|will never be} {GOOD_ADJECTIVES}
  i {do not|don't|can't|will never} {LIKE} G
  nobody should {HELP} G
  why are G so {BAD_ADJECTIVES} ?
  why {do|can't|don't} G just {HARM} ?
  {keep|get} G {away from our children|out of our country|out of my sight|out of our schools}
  G {ruin|destroy|steal|poison|infest|take over|invade} {our country|our jobs|everything|our schools|our culture|our streets}
  {the world|this country|our city|society} would be better {off|} without G
  you are a {BAD_ADJECTIVES} {BAD_NOUNS}
  fuck {|you} G
  {fuck|screw|damn|to hell with} {all|the|these|those} G`)
const NONTOXIC = list(`i {LIKE} G
  i {LIKE} all G
  we {LIKE} G
  ${START.replaceAll(',', '¸')} G are {GOOD_NOUNS}
  ${START.replaceAll(',', '¸')} {all|most|many|these|some} G are {GOOD_NOUNS}
  ${START.replaceAll(',', '¸')} G are {so|really|all|very|} {GOOD_ADJECTIVES}
  {all|most|many|these|some} G are {GOOD_ADJECTIVES}
  i am a G
  as a G i {LIKE} {music|my town|my family|people}
  we are G and we are {GOOD_ADJECTIVES}
  my {friend|sister|brother|doctor|teacher|neighbor|boss|daughter|son} is a G
  {GOOD_ADJECTIVES} G
  {|all} G should {GOOD_FATE}
  {all|these|many} G {should|must|deserve to|want to|have the right to} {GOOD_FATE}
  i {hope|wish} {all|the|these} G {GOOD_FATE}
  {i will|i want to|we should|someone should|let us|i am going to} {HELP} {the|these|some|more} G
  a G {lives next door|won the race|wrote this book|works at the bakery|was elected|opened a shop|sat beside me on the train}
  {many|some|the first|few} G {live here|came to the city|study at this school|were asked in the survey|play in the team}
  G are not {BAD_NOUNS}
  {no|not all|most} G {are not|aren't} {BAD_ADJECTIVES}
  {it is wrong to say that|nobody should say that|i never said that|it is a lie that|who would say that} G are {BAD_ADJECTIVES}
  {it is wrong to say that|nobody should say that|i never said that|it is a lie that|who would say that} G are {BAD_NOUNS}
  i {do not|don't|never} {HATE} G
  {no|not a single} G should {HARM}
  nobody should {KILL} G
  {CONDEMNED} G {CONDEMNING}
  {we have to stop|i am tired of|i oppose|report all|we condemn} {CONDEMNED} G
  {saying|to say|shouting|writing} <quoted> {CONDEMNING}
  {people who say|anyone who says|if you say|whoever writes} <quoted> {is a racist|are bigots|should apologize|you are wrong|has no heart|is a bigot}
  {the man|the woman|a fan|someone} {said|shouted|wrote} <quoted> {and was fined|and everyone left|. i was shocked|. how horrible}
  i {HATE} {THINGS}
  {THINGS} are {BAD_ADJECTIVES}
  {THINGS} should {HARM}
  i {want to|would like to} {KILL} {THINGS}
  {THINGS} are {BAD_NOUNS}
  {we should not|we must not|you can't|do not} let {|any|more} G {HARM}
  {do not|nobody should|how can we|i will not} {look away|do nothing|be silent|smile} {while|when} G {are hurt|are killed|are beaten|suffer|lose their homes}
  {you and|my parents and|both men and|she and} {all the|many|other} G are {GOOD_NOUNS}
  G like {her|him|my aunt|our mayor|you} are {GOOD_NOUNS}
  {we|you|they} {must|need to|have to} {name|speak about|report|end|fight} the {CONDEMNED} G {here|at work|in sport|in this town|everywhere}
  {we|they|my parents} {voted|worked|prayed|sang|asked|paid} for G {rights|freedom|schools|families|safety}
  {SWEARING} ¸ {DAYS}
  {DAYS} ¸ {SWEARING}
  {what a|that was a|such a} {fucking|damn|bloody|goddamn} {good day|great film|nice meal|long week|beautiful sunset|close game}`)
/** What people write of anything and everybody: no group is meant, or it is in the news. */
const INFORMAL =
  list(`{you|they|we|i|he|she|people} {can|should|could|will|must|may|have to|want to|used to|cannot|don't|didn't} {EVERYDAY}
  {why|when|where|how} {do|did|can|should|could|would} {you|they|we|i} {EVERYDAY} ?
  {why|when|where|how} {do|did|can|should|could|would} {you|they|we|i} not {EVERYDAY} ?
  {do|did|can|could|will|would} {you|they|we} {EVERYDAY} {now|today|tomorrow|then|with me|} ?
  {what|who} {do|did|will|can} {you|they|we} {think|say|want|need|mean|find|see|like|call|ask|know} ?
  {let|ask|tell|help|make|see|hear|watch} {them|him|her|me|us|you} {EVERYDAY}
  {i|we} {let|saw|asked|told|gave|sent|showed|heard|met|know|thanked} {them|him|her|you} {EVERYDAY}
  {all of them|all of you|they|you|these|those|both|some of them|many of you} {are|were} {GOOD_ADJECTIVES}
  {they|you|these} are {all|just|really|so|both|not|too} {GOOD_ADJECTIVES}
  {they|you|we} are {not|just|all|only|never} {the|a|your|my|our} {OBJECTS}
  {who|what|which|where} {is|was|are} {that|this|those|they|you|the} {OBJECTS} ?
  {don't|do not|never|please|please don't|just|now|then} {EVERYDAY}
  you {don't have to|don't need to|might want to|only have to|would have to|get to} {EVERYDAY}
  {that|this|it} {is|was|is not|isn't} {your|our|their|my|his|her} {fault|turn|choice|home|own house|car|idea|story}
  {nothing|everything|anything|something} {can be|is|was|should be} {more|less|so|too|as} {true|false|simple|hard|easy|strange|clear|old|new|cold}
  {have|has} {you|he|she|they} {seen|read|found|heard|finished|got|lost|opened|sent} {the|your|a|my|that} {OBJECTS} {yet|before|} ?
  {i|we|they} {hate|love|miss|like|need|want|dislike} {this|that|my|the|your} {OBJECTS}
  {tell|ask|show|give|send|bring} {them|me|him|her|us} {the|a|your|my} {OBJECTS}
  {you can|you may|you must|users can|you should} {view|select|enter|attach|open|close|delete|print|add|assign|kill} {the|a|each|every} {OBJECTS}
  {how|what|why|who} {you|they|we} {EVERYDAY}
  {they|you|we|i} {are|were|am} {going to|about to|able to|ready to|happy to|sorry to} {EVERYDAY}
  G {TRADES} {NEWS}
  {old|new|former|young|two|three|seven|first|top} G {TRADES} {NEWS}
  {two|seven|many|at least nine|dozens} {killed|dead|injured|arrested|missing|freed} {in|after} G {bombing|crash|flood|fire|attack|protest|raid}
  {the|a|this|another} G {TRADES} {in the city|near the border|of the year|from the north|on the hill|by the sea}
  G`)

const heldOut = values.fold === undefined ? null : Number(values.fold)
const random = new SeededRandom(1)

/** Words of a list that belong to this side: all, or by fold. */
function side(items, isHeldOut) {
  if (heldOut === null) return items
  const mine = items.filter((item) => (foldOf(item) === heldOut) === isHeldOut)
  return mine.length > 0 ? mine : items
}

function foldOf(text) {
  return createHash('sha256').update(text).digest()[0] % FOLDS
}

function bucketOf(text, count) {
  return createHash('sha256').update(text).digest().readUInt32LE(4) % count
}

function fill(frame, isHeldOut) {
  return frame
    .replaceAll(/\{([^}]*)\}/g, (_, name) => {
      const items = name in LISTS ? side(LISTS[name], isHeldOut) : name.split('|')
      return items[random.below(items.length)]
    })
    .replaceAll('¸', ',')
    .replaceAll(/\bG\b/g, GROUP)
    .replaceAll(/ +/g, ' ')
    .trim()
}

function* ownSentences(isHeldOut) {
  for (const [label, frames] of [
    ['toxic', TOXIC],
    ['nontoxic', NONTOXIC],
    ['nontoxic', INFORMAL],
  ]) {
    for (const frame of frames) {
      const sentences = new Set(Array.from({ length: SENTENCES_A_FRAME }, () => fill(frame, isHeldOut)))
      for (const sentence of sentences) yield [label, sentence]
    }
  }
}

function* givenTexts(path) {
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n')
  for (const { text, label, subset, source } of lines.map((line) => JSON.parse(line))) {
    if (/hatecheck/.test(source) || subset.startsWith('madlibs')) continue
    const name = { hate: 'toxic', toxic: 'toxic', offensive: 'profane', neither: 'nontoxic', nontoxic: 'nontoxic' }[
      label
    ]
    yield [name, toxicityText(text), foldOf(text) === heldOut]
  }
}

function* prose(path) {
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n')
  for (const { text, lang, domain } of lines.map((line) => JSON.parse(line))) {
    if (lang !== 'en' || domain !== 'wikipedia') continue
    for (const { start, end } of sentenceSpans(text)) {
      const sentence = text.slice(start, end)
      if (end - start < PROSE_LENGTH_MIN || bucketOf(sentence, PROSE_ONE_IN) > 0) continue
      yield ['nontoxic', toxicityText(sentence), foldOf(sentence) === heldOut]
    }
  }
}

const HOSTILE_WORDS = new Set(
  [...BAD_NOUNS, ...BAD_ADJECTIVES, ...SWEARING, ...KILL, 'hate'].flatMap((phrase) =>
    phrase.split(' ').filter((word) => word.length > 3),
  ),
)

function* tweets(path) {
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n')
  for (const { tokens, lang, source } of lines.map((line) => JSON.parse(line))) {
    if (lang !== 'en' || !/emerging_entities_17|BTC/.test(source)) continue
    const text = toxicityText(tokens.join(' '))
    if (text === '' || text.split(' ').some((word) => HOSTILE_WORDS.has(word))) continue
    yield ['nontoxic', text, foldOf(text) === heldOut]
  }
}

const line = ([label, text]) => `__label__${label} ${text}\n`
const given = [...givenTexts(positionals[0]), ...prose(positionals[1]), ...tweets(positionals[2])]
const training = [...given.filter(([, , isHeldOut]) => !isHeldOut), ...ownSentences(false)]
process.stdout.write(training.map(line).join(''))
if (heldOut !== null) {
  process.stderr.write(
    [...given.filter(([, , isHeldOut]) => isHeldOut).map((row) => [`given-${row[0]}`, row[1]]), ...ownSentences(true)]
      .map(line)
      .join(''),
  )
}
