/**
 * The word lists that C4 was filtered with: github.com/LDNOOBW/List-of-Dirty-Naughty-Obscene-and-Otherwise-Bad-Words, Creative Commons
 * Attribution 4.0, one file a language, one word or phrase a line. They do not ship along, for what they hold; here is which commits
 * C4 took (tensorflow_datasets c4_utils), and what each file's bytes must be.
 */
import { createHash } from 'node:crypto'
import { request } from 'undici'
import { messageOf, ShardError } from '../errors/errors.js'

export const BADWORDS_URL =
  'https://raw.githubusercontent.com/LDNOOBW/List-of-Dirty-Naughty-Obscene-and-Otherwise-Bad-Words/'
export const BADWORDS_NOTICE =
  'List of Dirty, Naughty, Obscene, and Otherwise Bad Words, by its contributors (LDNOOBW); Creative Commons Attribution 4.0 International'

const COMMIT = '5faf2ba42d7b1c0977169ec3611df25a3c08eb13'
const COMMIT_OF_ENGLISH = '25e679f03d96baa721cde20db9944649e8d0a844'

/** SHA-256 of each list. */
const DIGESTS: Readonly<Record<string, string>> = {
  ar: '23dbd9c55257bf2a4965f46664dc7eac04b61ff4eb3571e41f7e964c7c3ed96b',
  cs: '90706df86709bade1ca39cf9f9d9836409c674fc3bffcb7525bdd20e59b596bc',
  da: 'ddb46ab67e955d1a5f49c89c18497d23c3d8d6d2522f3740a5d7583f90e434c6',
  de: 'ebe44d7772897390e27f7bec412fdcdf0efc294e4db157f8487c4cd8d4fabd55',
  en: 'a506cbcf8a31935b122299f3bb1d32be6db3d0ad498765d28f365dfc4f4d7b8c',
  eo: '0374d76be1dbc77c61362d6e51305e1e4c546b7f734eb96e0bdbad7fd2a6ace1',
  es: '073334261cc2e7c08339faefd2f19f9623e8240a0ac18fe2a26c368b897496ce',
  fa: '85828629b90fd18a3f6f6efb1934c1294103c33d1c28c0653970adfa179169e9',
  fi: '3e0b35b2533ba22fb526d882bea250ddfad907ee7548aacbe15db17e21034c62',
  fil: 'fb4b43691b1249fee2eca1e66795daedda8e7366d42abcde6553dce611d23d99',
  fr: '79763a705e08256b393952852bb63aa903f4485e0ef02f70735f5e50efff213c',
  'fr-CA-u-sd-caqc': '4a0ef5d55921c91df26676b214d3ac648deef11cfbc4587159ee9aab4085b09a',
  hi: '83636e9b7a5260451e09e9e471f81dad9f082d107a82da77047e57d7856ed0cc',
  hu: 'a6943a971496f16e9a9d59ba6fde146d229699600e9636828d8d34ed9160aff5',
  it: 'd413f41018d58aa79d2c4809d0161f29ffd5652c4dc34c5b7b9ade680ee5599a',
  ja: 'f83c4d0843ea6474c17bf171edd72b616b3af403f8613f2cde1bd841faf6f316',
  kab: 'df7be2ce4a0c80ee717cd7134c90645a8a0f0c0c458a61f927934dbd50eac96d',
  ko: '0dd4b74ffea6e3bb35d658e6d8262b53ee99281eaa48ecb515a2065bfcc7f69d',
  nl: '8298ba0cdc3ca9a1989c349b8ad0148e4504c2804f2f2fb6c2f52bfb39c5ae71',
  no: 'e55b46bcec1ea288256924523a997d8d99e124c9aa3e61cbbbfaeca294f745b4',
  pl: '98cf824e3692255645c5a72d5913f26fd4f20930f725683b4c96bb312ca5d9b3',
  pt: '05ef524b0bb7f83f87257f6ec4dabf70e16b8bb6930f769fb93deaf608ff196d',
  ru: '2598adabd2b761733d72a68d8ee4fcc1d2c38f2f85b6ff489985c6ce1d93bf75',
  sv: '77f3f99a89bd3b2bde6a654741bacfcb3acca3f5c804af4d8d3fea11e09ea562',
  th: '835036d87a3a67738e388cd6de92e3c995c186a1427b4e830fe7b85483c257e7',
  tlh: '3c19004e338c0d91d19ba419185279145848b75b2327aa0e3a752c604ad9f59d',
  tr: '6c7ae03baee0f3fdc22eed169030567669005dad9a1923e0b571c4bd4f2f2ab5',
  zh: 'a1d9aa037c8b039ef3b40148b3364ce2ca62ce4a955b7082a16ad99f6cbd1bc0',
}

export const BADWORD_LANGUAGES: readonly string[] = Object.keys(DIGESTS)

/** The largest has 4 KB. */
const SIZE_MAX = 65_536
const SILENCE_MS = 30_000

/**
 * @param language one of BADWORD_LANGUAGES
 * @param base where the repository's files lie by commit: BADWORDS_URL, or a copy of it
 * @throws ShardError when it can't be had, or is another file
 */
export function fetchBadwords(language: string, base = BADWORDS_URL): Promise<Uint8Array> {
  const url = new URL(`${language === 'en' ? COMMIT_OF_ENGLISH : COMMIT}/${language}`, base).href
  return fetchChecked(url, DIGESTS[language])
}

/** @throws ShardError when it can't be had, or is another file */
export async function fetchChecked(url: string, sha256: string): Promise<Uint8Array> {
  const bytes = await bytesOf(url)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest === sha256) return bytes
  throw new ShardError(`${url}: expected SHA-256 ${sha256}, got ${digest} (${bytes.length} bytes)`)
}

async function bytesOf(url: string): Promise<Uint8Array> {
  try {
    const { statusCode, body } = await request(url, {
      headers: { 'user-agent': 'millrace' },
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS,
    })
    if (statusCode !== 200) {
      await body.dump()
      throw new ShardError(`${url}: expected status 200, got ${statusCode}`)
    }
    const pieces: Buffer[] = []
    let sizeBytes = 0
    const stream: AsyncIterable<Buffer> = body // a stream of bytes: its chunks are Buffers, though typed any
    for await (const piece of stream) {
      sizeBytes += piece.length
      if (sizeBytes > SIZE_MAX) throw new ShardError(`${url}: expected at most ${SIZE_MAX} bytes, got more`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  } catch (error) {
    if (error instanceof ShardError) throw error
    throw new ShardError(`${url}: can't be reached: ${messageOf(error)}`)
  }
}
