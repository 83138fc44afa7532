/**
 * Words with a splitting of their own: contractions ("don't": do + n't), clock times, abbreviations that keep their dot,
 * emoticons. The facts are those of spaCy 3.8's blank English (`lang/en/tokenizer_exceptions.py`,
 * `lang/tokenizer_exceptions.py`), including the forms without apostrophe that look odd ("Im", "dont", "shes").
 */

const SPLIT = (
  "y'|all y|all how|'d|'y How|'d|'y not|'ve not|ve Not|'ve Not|ve can|not Can|not gon|na Gon|na got|ta Got|ta " +
  "let|'s Let|'s c'm|on C'm|on"
).split(' ')

const SINGLE = [
  '\\t',
  '\\n',
  '—',
  "'",
  '\\")',
  '<space>',
  "''",
  'C++',
  ..."'S 's ‘S ‘s and/or w/o 're 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am o'clock O'clock 'd".split(
    ' ',
  ),
]

const ABBREVIATIONS = (
  'Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. ' +
  'Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. ' +
  'Ore. Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis. a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. ' +
  'i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s.'
).split(' ')

const EMOTICONS = (
  ':) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-(( ' +
  ":((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o " +
  ':* :-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- ' +
  '-__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) ' +
  '(>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>'
).split(' ')

/** Each word with the lengths of its parts in UTF-16 units. */
export const SPECIAL_WORDS: ReadonlyMap<string, readonly number[]> = collect()

function collect(): Map<string, readonly number[]> {
  const words = new Map<string, readonly number[]>()
  const add = (...parts: string[]) => {
    words.set(
      parts.join(''),
      parts.map((part) => part.length),
    )
  }
  addContractions(add)
  addSpelledOut(add)
  for (const word of [...ABBREVIATIONS, ...EMOTICONS, ...SINGLE]) add(word)
  for (const letter of 'abcdefghijklmnopqrstuvwxyzäöü') add(`${letter}.`)
  for (let hour = 1; hour <= 12; hour++) {
    for (const half of ['a.m.', 'am', 'p.m.', 'pm']) add(`${hour}`, half)
  }
  for (const scale of 'cfkCFK') add('°', scale, '.')
  // These read as English words of their own.
  for (const word of 'Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore'.split(' '))
    words.delete(word)
  for (const [word, lengths] of [...words]) {
    if (word.includes("'")) words.set(word.replaceAll("'", '’'), lengths)
  }
  return words
}

type Add = (...parts: string[]) => void

function bothCases(words: string): string[] {
  return words.split(' ').flatMap((word) => [word, `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`])
}

function addContractions(add: Add): void {
  // With the apostrophe and without: I'm, Im; she'd've, shedve.
  const both = (stem: string, ...endings: string[]) => {
    add(stem, ...endings)
    add(stem, ...endings.map((ending) => ending.replace(/^'|(?<=n)'/, '')))
  }
  for (const stem of bothCases('i')) {
    both(stem, "'m")
    both(stem, "'m", 'a')
  }
  for (const stem of bothCases('i you he she it we they who what when where why how there that this these those')) {
    both(stem, "'ll")
    both(stem, "'ll", "'ve")
    both(stem, "'d")
    both(stem, "'d", "'ve")
  }
  for (const stem of bothCases('i you we they who what when where why how there these those')) both(stem, "'ve")
  for (const stem of bothCases('you we they who what when where why how there these those')) both(stem, "'re")
  for (const stem of bothCases('he she it who what when where why how there that this')) both(stem, "'s")
  for (const stem of bothCases('ca could do does did had may might must need ought sha should wo would')) {
    both(stem, "n't")
    both(stem, "n't", "'ve")
  }
  for (const stem of bothCases('could might must should would')) both(stem, "'ve")
  for (const stem of bothCases('ai are is was were have has dare')) both(stem, "n't")
}

function addSpelledOut(add: Add): void {
  for (const word of bothCases('doin goin nothin nuthin ol somethin lovin havin')) {
    add(word)
    add(`${word}'`)
  }
  for (const word of 'em ll nuff'.split(' ')) {
    add(word)
    add(`'${word}`)
  }
  for (const parts of SPLIT) add(...parts.split('|'))
}
