import { readPage } from '../src/formats/text/read.js'
import { openPage } from '../src/html/charset.js'
import { readMetadata } from '../src/html/metadata.js'
import { release, scan } from '../src/html/scan.js'
import { size, string } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

/** The head of a page lies in its first part, mostly. */
const HEAD_BYTES = 2 ** 17

export default defineStage({
  kind: 'read',
  summary: 'read HTML files, plain, gzip or zstd, one page a file',
  options: {
    baseUrl: string({
      default: '',
      meaning:
        "Stands in front of a file's name to make its URL, as https://, for folders named by hosts; pages that name their canonical URL have that. Without either there is none.",
    }),
    pageSizeMax: size({ default: 64 * 2 ** 20, min: 1, meaning: 'Largest page; larger ones go to quarantine.' }),
  },
  read: {
    rangeSize: () => null,
    read: ({ baseUrl, pageSizeMax }, file) => {
      const address = baseUrl === '' ? '' : addressOf(baseUrl, file.name)
      return readPage(file, pageSizeMax, (page) => canonicalUrl(page, address) || address)
    },
  },
})

function addressOf(baseUrl: string, name: string): string {
  const url =
    baseUrl +
    name
      .replace(/\.(gz|zst)$/i, '')
      .split('/')
      .map(encodeURIComponent)
      .join('/')
  return URL.canParse(url) ? new URL(url).href : ''
}

function canonicalUrl(page: Uint8Array, address: string): string {
  const tree = scan(openPage(page.subarray(0, HEAD_BYTES), 'text/html').page)
  try {
    return readMetadata(tree, null, address).canonicalUrl
  } finally {
    release(tree)
  }
}
