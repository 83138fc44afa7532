import { describe, expect, it } from 'vitest'
import { charsetParameter, decodePage, encodingOfLabel, openPage } from '../../src/html/charset.js'

const ascii = (text: string) => [...Buffer.from(text, 'latin1')]
const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((p) => (typeof p === 'string' ? ascii(p) : p)))

// 'Привет, как дела? Это простая страница.' by hand from the code charts is long; TextDecoder reads what these tables write.
const CYRILLIC = 'Это простая страница о пчелах и цветах, которые растут у реки.'
const toWindows1251 = (text: string) =>
  [...text].map((c) => {
    const code = c.codePointAt(0) ?? 0
    return code < 0x80 ? code : code - 0x410 + 0xc0
  })
const KOI8_LOWER = 'юабцдефгхийклмнопярстужвьызшэщчъ'
const toKoi8 = (text: string) =>
  [...text].map((c) => {
    const at = KOI8_LOWER.indexOf(c.toLowerCase())
    return at < 0 ? (c.codePointAt(0) ?? 0) : 0xc0 + at + (c === c.toLowerCase() ? 0 : 0x20)
  })

describe('encoding of a page', () => {
  const encodingOf = (body: Uint8Array, type = 'text/html') => openPage(body, type).encoding

  it('trusts a byte order mark over everything', () => {
    expect(encodingOf(bytes([0xef, 0xbb, 0xbf], 'a'), 'text/html; charset=koi8-r')).toBe('utf-8')
    expect(decodePage(bytes([0xff, 0xfe], [0x61, 0, 0x42, 0x04]), '')).toBe('aт')
    expect(decodePage(bytes([0xef, 0xbb, 0xbf], 'a', [0xc3, 0xa9]), '')).toBe('aé')
    expect(Buffer.from(openPage(bytes([0xef, 0xbb, 0xbf], 'a'), '').page).toString('latin1')).toBe('a')
  })

  it('takes the header before the markup', () => {
    const page = bytes('<meta charset="koi8-r">', [0xe9])
    expect(encodingOf(page, 'text/html; charset=windows-1251')).toBe('windows-1251')
    expect(encodingOf(page)).toBe('koi8-r')
    expect(encodingOf(page, 'text/html; charset=nonsense')).toBe('koi8-r')
  })

  it.each([
    ['<meta charset=gb2312>', 'gbk'],
    ["<META CHARSET='Shift_JIS'>", 'shift_jis'],
    ['<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">', 'iso-8859-2'],
    ['<meta content="text/html;charset=latin1" http-equiv=content-type>', 'windows-1252'],
    ['<!-- <meta charset="koi8-r"> --><meta charset="windows-1251">', 'windows-1251'],
    ['<meta name=description content="charset=koi8-r"><meta charset="euc-kr">', 'euc-kr'],
    ['<meta charset="utf-16">', 'utf-8'],
    ['<?xml version="1.0" encoding="iso-8859-5"?>', 'iso-8859-5'],
  ])('reads %s', (markup, encoding) => {
    expect(encodingOf(bytes('<html>', markup).subarray(markup.startsWith('<?xml') ? 6 : 0))).toBe(encoding)
  })

  it('looks at the first 4096 bytes only', () => {
    expect(encodingOf(bytes(' '.repeat(4000), '<meta charset="koi8-r">', [0xe9]))).toBe('koi8-r')
    expect(encodingOf(bytes(' '.repeat(5000), '<meta charset="koi8-r">', [0xe9]))).toBe('windows-1252')
  })

  it('takes valid UTF-8 for UTF-8 even against a declaration, but not plain ASCII', () => {
    expect(encodingOf(bytes('<meta charset="gbk">', ascii(Buffer.from('谷歌在收购').toString('latin1'))))).toBe('utf-8')
    expect(encodingOf(bytes('<meta charset="iso-2022-jp">', '\x1b$B$"\x1b(B'))).toBe('iso-2022-jp')
    expect(encodingOf(bytes('plain'))).toBe('utf-8')
    expect(encodingOf(bytes('caf', [0xe9]))).toBe('windows-1252')
  })

  it('guesses by script when nothing is declared', () => {
    expect(decodePage(Uint8Array.from(toWindows1251(CYRILLIC)), '')).toBe(CYRILLIC)
    expect(decodePage(Uint8Array.from(toKoi8(CYRILLIC)), '')).toBe(CYRILLIC)
    // かなのページです。 eight times, in Shift_JIS and EUC-JP (JIS X 0208 rows 4 and 5).
    const sjis = [
      0x82, 0xa9, 0x82, 0xc8, 0x82, 0xcc, 0x83, 0x79, 0x81, 0x5b, 0x83, 0x57, 0x82, 0xc5, 0x82, 0xb7, 0x81, 0x42,
    ]
    const euc = [
      0xa4, 0xab, 0xa4, 0xca, 0xa4, 0xce, 0xa5, 0xda, 0xa1, 0xbc, 0xa5, 0xb8, 0xa4, 0xc7, 0xa4, 0xb9, 0xa1, 0xa3,
    ]
    for (const one of [sjis, euc]) {
      const body = Uint8Array.from(Array.from({ length: 8 }, () => one).flat())
      expect(decodePage(body, '')).toBe('かなのページです。'.repeat(8))
    }
  })

  it('never fails: malformed bytes become U+FFFD', () => {
    expect(
      decodePage(bytes([0xc3, 0xa9, 0xc3, 0xa9, 0xc3, 0xa9], 'a', [0xff, 0x80], 'b'), 'text/html; charset=utf-8'),
    ).toBe('éééa\ufffd\ufffdb')
    expect(decodePage(new Uint8Array(0), '')).toBe('')
    expect(decodePage(bytes([0x93], 'x', [0x94]), 'text/html; charset=iso-8859-1')).toBe('“x”')
  })

  it('leaves UTF-8 as bytes when opening', () => {
    const body = Buffer.from('é')
    expect(openPage(body, 'text/html; charset=utf-8')).toEqual({ page: body, encoding: 'utf-8' })
    expect(openPage(bytes([0xe9]), 'text/html; charset=latin1')).toEqual({ page: 'é', encoding: 'windows-1252' })
  })
})

it('charsetParameter', () => {
  expect(charsetParameter('text/html; Charset="UTF-8"')).toBe('UTF-8')
  expect(charsetParameter("text/html;charset = 'x' ; y")).toBe('x')
  expect(charsetParameter('text/html')).toBe('')
})

it('encodingOfLabel knows the standard labels', () => {
  expect(encodingOfLabel(' Latin1 ')).toBe('windows-1252')
  expect(encodingOfLabel('sjis')).toBe('shift_jis')
  expect(encodingOfLabel('')).toBeNull()
  expect(encodingOfLabel('utf-42')).toBeNull()
})

/** Encodes by what TextDecoder says of each byte. */
function encoded(text: string, encoding: string): Uint8Array {
  const byteOf = new Map<string, number>()
  for (let byte = 255; byte >= 0; byte--) byteOf.set(new TextDecoder(encoding).decode(Uint8Array.of(byte)), byte)
  return Uint8Array.from(text, (char) => byteOf.get(char) ?? 0x3f)
}

const RUSSIAN = 'Весной лягушки вернулись в пруд на три недели раньше, чем в любой год наблюдений.'
const UKRAINIAN = 'Навесні жаби повернулися до ставу на три тижні раніше, ніж будь-якого року спостережень.'
const GREEK = 'Την άνοιξη οι βάτραχοι επέστρεψαν στη λίμνη τρεις εβδομάδες νωρίτερα από κάθε άλλη χρονιά.'
const HEBREW = 'באביב חזרו הצפרדעים אל הבריכה שלושה שבועות מוקדם יותר מבכל שנה שבה נרשמו תצפיות.'
const ARABIC = 'عادت الضفادع إلى البركة في الربيع قبل ثلاثة أسابيع من أي عام سجلت فيه المشاهدات.'
const THAI = 'ในฤดูใบไม้ผลิกบกลับมาที่สระน้ำเร็วกว่าปีใด ๆ ที่เคยบันทึกไว้ถึงสามสัปดาห์'
const POLISH =
  'Wiosną żaby wróciły do stawu trzy tygodnie wcześniej niż w którymkolwiek z lat, gdy prowadzono obserwacje. Źródło: gmina.'
const CZECH =
  'Na jaře se žáby vrátily k rybníku dříve než kdykoli předtím. Člověk, který je počítá řadu let, říká, že voda byla teplejší; děti běhaly kolem.'
const FRENCH =
  'Au printemps, les grenouilles sont revenues à l’étang trois semaines plus tôt que les autres années, où l’été était déjà là.'

describe('the guess', () => {
  it.each([
    ['windows-1251', RUSSIAN],
    ['windows-1251', UKRAINIAN],
    ['koi8-r', RUSSIAN],
    ['koi8-u', UKRAINIAN],
    ['iso-8859-5', RUSSIAN],
    ['ibm866', RUSSIAN],
    ['windows-1253', GREEK],
    ['windows-1255', HEBREW],
    ['windows-1256', ARABIC],
    ['iso-8859-6', ARABIC],
    ['windows-874', THAI],
    ['windows-1250', POLISH],
    ['iso-8859-2', POLISH],
    ['windows-1250', CZECH],
    ['iso-8859-2', CZECH],
  ])('reads %s', (encoding, text) => {
    const page = `<html><body><p class="a-b">${text}</p></body></html>`
    expect(decodePage(encoded(page, encoding), 'text/html')).toBe(page)
  })

  it('leaves Western text alone', () => {
    const page = bytes(
      '<p>',
      [...FRENCH].map((char) => ({ '’': 0x92 })[char] ?? char.charCodeAt(0)),
    )
    expect(decodePage(page, '')).toBe(`<p>${FRENCH}`)
  })
})

describe('wrong labels survive', () => {
  it('says Latin 1 and is UTF-8', () => {
    for (const type of [
      'text/html; charset=iso-8859-1',
      'text/html; charset=windows-1251',
      'text/html; charset=us-ascii',
    ])
      expect(decodePage(Buffer.from(GREEK), type)).toBe(GREEK)
  })

  it('says UTF-8 and is something else', () => {
    expect(decodePage(encoded(RUSSIAN, 'windows-1251'), 'text/html; charset=utf-8')).toBe(RUSSIAN)
    expect(decodePage(bytes('<meta charset=utf-8>caf', [0xe9]), '')).toBe('<meta charset=utf-8>café')
  })

  it('says UTF-8 and is damaged UTF-8', () => {
    const damaged = Buffer.concat([Buffer.from(RUSSIAN), Buffer.from([0xd0]), Buffer.from('.')])
    expect(decodePage(damaged, 'text/html; charset=utf-8')).toBe(`${RUSSIAN}\ufffd.`)
  })

  it('is UTF-16 without a mark, or says so and is not', () => {
    const page = `<html><meta charset="utf-16">${RUSSIAN}`
    const little = Buffer.from(page, 'utf16le')
    expect(decodePage(little, '')).toBe(page)
    expect(decodePage(little.swap16(), 'text/html; charset=utf-8')).toBe(page)
    expect(decodePage(Buffer.from(page), 'text/html; charset=utf-16')).toBe(page)
    expect(decodePage(bytes('caf', [0xe9], ' au lait'), 'text/html; charset=utf-16le')).toBe('café au lait')
  })

  it.each([
    ['<metadata charset="koi8-r"><meta charset="windows-1251">', 'windows-1251'],
    ['<div title="<meta charset=koi8-r>"><meta charset="windows-1251">', 'windows-1251'],
    ['<!--><meta charset="windows-1251">', 'windows-1251'],
    ['<meta/charset=koi8-r>', 'koi8-r'],
    ['<meta charset=nonsense><meta charset=koi8-r>', 'koi8-r'],
    ['<meta charset="x-user-defined">', 'windows-1252'],
    ['<meta name=a content="text/html; charset=koi8-r">', 'windows-1252'],
    ['<!-- <meta charset=koi8-r>', 'windows-1252'],
  ])('reads %s as a browser does', (markup, encoding) => {
    expect(openPage(bytes('<html>', markup, [0xe9]), '').encoding).toBe(encoding)
  })
})
