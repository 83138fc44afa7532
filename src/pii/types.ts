/** The kinds of personal data that patterns find, and what stands in the text in the place of each. */

/** In the order in which they are looked for and counted. */
export const PATTERN_TYPES = [
  'email',
  'ip',
  'phone',
  'creditCard',
  'iban',
  'usSsn',
  'nationalId',
  'passport',
  'driverLicense',
  'birthDate',
  'streetAddress',
  'postalCode',
  'coordinates',
  'mac',
  'cryptoWallet',
  'secret',
  'urlPassword',
  'url',
] as const

export type PatternType = (typeof PATTERN_TYPES)[number]

/** `<CREDIT_CARD>` for `creditCard`. No finder reads one as anything: angle brackets end every value and every context. */
export function tagOf(type: string): string {
  return `<${tagName(type)}>`
}

export function tagName(type: string): string {
  return type.replace(/[A-Z]/g, '_$&').toUpperCase()
}

/**
 * Values that are set aside for documentation, tests or fiction, so that text stays natural: the n-th distinct value of a
 * document becomes the n-th, then the first again. Types without any get their tag.
 */
export const REPLACEMENTS: Readonly<Record<string, readonly string[]>> = {
  // North American numbers for fiction (ATIS-0300115).
  phone: ['+1 202-555-0100', '+1 202-555-0101', '+1 202-555-0102', '+1 202-555-0103'],
  // Networks' published test numbers.
  creditCard: ['4111 1111 1111 1111', '5555 5555 5555 4444', '6011 1111 1111 1117'],
  // The examples of the SWIFT IBAN registry.
  iban: ['GB29 NWBK 6016 1331 9268 19', 'DE89 3704 0044 0532 0130 00', 'FR14 2004 1010 0505 0001 3M02 606'],
  // RFC 7042 section 2.1.2.
  mac: ['00:00:5e:00:53:01', '00:00:5e:00:53:02', '00:00:5e:00:53:03'],
  // Areas from 900 on are never issued; these ten are the ones for advertising.
  usSsn: ['987-65-4320', '987-65-4321', '987-65-4322'],
  // The example of BIP 173.
  cryptoWallet: ['bc1qw508d6qejxtdy4y5r3zarvary0c5xw7kv8f3t4'],
  urlPassword: ['password'],
  // RFC 2606.
  url: ['https://example.com/', 'https://example.org/', 'https://example.net/'],
}
