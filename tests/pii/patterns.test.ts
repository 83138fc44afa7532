/** Each family on published examples and on what only looks like one of its values. */
import { describe, expect, it } from 'vitest'
import { makeDetector } from '../../src/pii/detect.js'
import { PATTERN_TYPES, type PatternType } from '../../src/pii/types.js'

const detectors = new Map<string, Awaited<ReturnType<typeof makeDetector>>>()

async function valuesOf(type: PatternType, text: string, language = 'en', countries: readonly string[] = []) {
  const key = `${type} ${countries.join()}`
  const detect =
    detectors.get(key) ?? (await makeDetector({ types: [type], ip: 'all', countries, scoreMin: 0.5, allow: new Set() }))
  detectors.set(key, detect)
  return detect(text, language).map(({ start, end }) => text.slice(start, end))
}

/** `[…]` marks what is to be found. */
const CASES: Partial<Record<PatternType, readonly string[]>> = {
  phone: [
    'Ring +44 20 [x] now',
    'at [+41 (0)44 668 18 00], or [+1-212-736-5000 ext. 12]',
    '[(212) 736-5000] and [212.736.5000] but not 212 736 5000',
    'Fax: [9498 7771]',
    'phone [0049 30 227-0].',
    '[0131 243 0022] is Edinburgh, [020 7219 3000] London',
    'from 1998-2003, 2019-12-24, 12.5.1999, 10 000 000, 1.234.567',
    'ISBN 0-306-40615-2, doi 10.1000/182, order 2127365000',
    'call +1 202-555-0143 in the film',
    'هاتف: [٠٢٢٣٤٥٦٧٨٩]',
    '電話：[03-3201-3331]',
  ],
  creditCard: [
    '[4929123456789015] and [4929 1234 5678 9015] and [4929-1234-5678-9015]',
    'my card [340812691468109]; my card [30425049727467]',
    '4929123456789016, 14929123456789015, 4929123456789015.5, 4929 1234 56789015',
    'test with 4111 1111 1111 1111 or 4242424242424242',
    'article 501854128706 sells well today; card no. [501854128706]',
  ],
  iban: [
    '[DE75512108001245126199] [de75 5121 0800 1245 1261 99] [NO9386011117947] [MT84MALT011000012345MTLCAST001S]',
    'GB82 WEST 1234 5698 7654 32 is the example; DE75512108001245126198, XX82WEST12345698765432',
  ],
  usSsn: [
    '[536-22-1234], 000-22-1234, 666-22-1234, 900-22-1234, 536-00-1234, 536-22-0000',
    'SSN [536221234], but 536221234',
    '078-05-1120',
    '1-536-22-1234',
  ],
  mac: [
    '[00:1b:44:11:3a:b7] [00-1B-44-11-3A-B7] [001b.4411.3ab7]',
    '00:00:5e:00:53:01 ff:ff:ff:ff:ff:ff 00:1b:44:11:3a 00:1b:44:11:3a:b7:01 12:34:56',
  ],
  cryptoWallet: [
    '[1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa] [3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy]', // the genesis block; Bitcoin wiki
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
    '[BC1QW508D6QEJXTDY4Y5R3ZARVARY0C5XW7KV8F3T5K]'.replace('[', '').replace(']', ''),
    '[bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0]', // BIP 350
    '[0x52908400098527886E0F7030069857D2E4169EE7], 0x5290840009852788, 0x0000000000000000000000000000000000000000', // EIP-55
  ],
  secret: [
    'key=[AKIAIOSFODNN7EXAMPLE]', // AWS's documentation
    '[ghp_16C7e42F292c6912E7710c838347Ae178B4a] sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ghp_short',
    '[eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk]',
    'a [-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----] b -----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
    'A file starts with -----BEGIN RSA PRIVATE KEY----- and goes on.',
  ],
  urlPassword: [
    'postgres://joe:[hunter2]@db.host.org:5432/x',
    'https://joe:password@host.org https://host.org:80/@joe a:b@c',
  ],
  url: [
    'see [https://mozilla.org/a(b)?c=d#e], [www.foo.org] and ([http://a.org]).',
    'https://example.com/ http://x.test/ mailto:a www. http://',
    '参见[https://foo.org/a]，是',
  ],
  coordinates: [
    '[52.52001° N, 13.40495° E] at [41°21′20″N 72°5′58″W]',
    'GPS: [52.52001, 13.40495]',
    '52.5, 13.4 or 1.23456, 2.34567 or 95.12345° N, 13.12345° E',
  ],
  birthDate: [
    'born [12 March 1985] in',
    'Date of birth: [3/12/1985]',
    'geboren am [12. März 1985]',
    'DOB [1985-03-12]',
    'Founded 12 March 1985. On 3/12/1985 it closed.',
  ],
  streetAddress: [
    'at [350 Fifth Avenue, New York, NY 10118], and',
    '[12 rue Victor Hugo, 75001 Paris]',
    'in der [Hauptstraße 12, 10115 Berlin] und [Goethestr. 5a]',
    'al. [Via Roma 12] e [ul. Polna 12]',
    '[P.O. Box 1234], or [Apt. 12]',
    'In 2006 Wall Street fell; 3 per square mile; I-68 Black Road; on June 8 at Place; the 5th Street',
  ],
  postalCode: ['[SW1A 1AA]', 'zip [12345-6789] and PLZ [10115]', 'In 12345 cases'],
  passport: ['Passport no. [A12345678] of', 'passport. It was 12345678 years', 'In all A12345678'],
  driverLicense: ["driver's license [D1234567]", 'D1234567'],
}

describe.each(Object.entries(CASES))('%s', (type, texts) => {
  it.each(texts.filter((text) => !text.includes('[x]')))('%s', async (marked) => {
    const wanted = [...marked.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1])
    expect(await valuesOf(type as PatternType, marked.replace(/[[\]]/g, ''))).toEqual(wanted) // keys of CASES
  })
})

it('national phone numbers of the countries given, else of the language', async () => {
  expect(await valuesOf('phone', '030 22770', 'de')).toEqual(['030 22770'])
  expect(await valuesOf('phone', '030 22770', 'fr')).toEqual([])
  expect(await valuesOf('phone', '01 42 68 53 00', 'fr')).toEqual(['01 42 68 53 00'])
  expect(await valuesOf('phone', '01 42 68 53 00', 'en')).toEqual([])
  expect(await valuesOf('phone', '01 42 68 53 00', 'en', ['FR'])).toEqual(['01 42 68 53 00'])
  await expect(valuesOf('phone', '', 'en', ['XX'])).rejects.toThrow(/countries: expected .*got "XX"/)
})

it('every type has cases, but for those with tests of their own', () => {
  const own = ['email', 'ip', 'nationalId']
  expect(Object.keys(CASES).sort()).toEqual(PATTERN_TYPES.filter((type) => !own.includes(type)).sort())
})
