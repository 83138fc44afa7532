import { describe, expect, it } from 'vitest'
import { cutBlocks } from '../../src/html/blocks.js'
import { isoDate } from '../../src/html/dates.js'
import { readMetadata } from '../../src/html/metadata.js'
import { release, scan } from '../../src/html/scan.js'

function metadataOf(html: string, pageUrl = '') {
  const tree = scan(html)
  const metadata = readMetadata(tree, cutBlocks(tree), pageUrl)
  release(tree)
  return metadata
}

it('reads Open Graph and plain HTML', () => {
  const html = `<html lang="de-AT"><head><title> Bienen &amp;
    Blumen | Blatt </title><meta property="og:title" content="Bienen &amp; Blumen">
    <meta name="author" content="A. Imker"><meta property="og:site_name" content="Das Blatt">
    <meta name=description content="Über Bienen."><meta property="article:published_time" content="2024-05-06T07:08:09+02:00">
    <link rel="canonical" href="https://blatt.example/bienen">`
  expect(metadataOf(html)).toEqual({
    title: 'Bienen & Blumen',
    date: '2024-05-06T07:08:09+02:00',
    dateModified: '',
    author: 'A. Imker',
    siteName: 'Das Blatt',
    description: 'Über Bienen.',
    language: 'de-AT',
    canonicalUrl: 'https://blatt.example/bienen',
    license: '',
    licenseUrl: '',
  })
})

it('reads JSON-LD, also inside a graph, and passes over broken scripts', () => {
  const html = `<script type="application/ld+json">{broken</script>
    <script type="application/ld+json">{"@graph":[{"@type":"Organization","name":"No"},{"@type":["NewsArticle"],
    "headline":"Rain","datePublished":"2023-1-2","author":[{"name":"R. Drop"}],"publisher":{"name":"Weather"}}]}</script>`
  expect(metadataOf(html)).toMatchObject({ title: 'Rain', date: '2023-01-02', author: 'R. Drop', siteName: 'Weather' })
})

it('falls back from one source to the next, and to nothing', () => {
  expect(metadataOf('<title>Only this</title><time datetime="2020-02-03">x</time>')).toMatchObject({
    title: 'Only this',
    date: '2020-02-03',
  })
  expect(Object.values(metadataOf('<p>nothing')).every((value) => value === '')).toBe(true)
})

it.each([
  ['2024-05-06', '2024-05-06'],
  ['2024/5/6', '2024-05-06'],
  ['2024-05-06 07:08', '2024-05-06T07:08'],
  ['2024-05-06T07:08:09.123Z', '2024-05-06T07:08:09Z'],
  ['2024-13-06', ''],
  ['05/06/2024', ''],
  ['yesterday', ''],
])('isoDate %s', (written, iso) => {
  expect(isoDate(written)).toBe(iso)
})

it('tells publication from change', () => {
  const html = `<meta property="article:published_time" content="2024-05-06T07:08:09+0200"><meta property="article:modified_time"
    content="6 June 2024">`
  expect(metadataOf(html)).toMatchObject({ date: '2024-05-06T07:08:09+02:00', dateModified: '2024-06-06' })
  const times =
    '<time class="updated" datetime="2024-06-06">x</time><time class="entry-date published" datetime="2024-05-06">x</time>'
  expect(metadataOf(times)).toMatchObject({ date: '2024-05-06', dateModified: '2024-06-06' })
  const jsonLd = `<script type="application/ld+json">{"@type":"WebPage","datePublished":"2020-01-01"}</script>
    <script type="application/ld+json">[{"@type":"BlogPosting","datePublished":"2024-05-06","dateModified":"2024-06-06",}]</script>`
  expect(metadataOf(jsonLd)).toMatchObject({ date: '2024-05-06', dateModified: '2024-06-06' })
})

it('follows references in JSON-LD, mends its usual faults, joins authors', () => {
  const html = `<script type="application/ld+json"><!-- {"@graph":[{"@type":"Article","headline":"A &amp; B","author":[{"@id":"#p"},{"name":"Q"}],
    "publisher":{"@id":"#o"},"description":"one
    two",},{"@type":"Person","@id":"#p","name":"P"},{"@type":"Organization","@id":"#o","name":"O"}]}; --></script>`
  expect(metadataOf(html)).toMatchObject({ title: 'A & B', author: 'P, Q', siteName: 'O', description: 'one two' })
})

it('reads microdata and relations in the body, but not those of comments', () => {
  const html = `<div class="comments"><span itemprop="author">No</span></div><article><h2 itemprop="headline">Frogs</h2>
    <span itemprop="author" itemscope><a href="/m" itemprop="url"><span itemprop="name">M. Reed</span></a>, editor</span>
    <span itemprop="datePublished" content="2024-05-06">in May</span><p>x</p></article>`
  expect(metadataOf(html)).toMatchObject({ title: 'Frogs', author: 'M. Reed', date: '2024-05-06' })
  expect(metadataOf('<p>By <a rel="author" href="/m">M. Reed</a></p>').author).toBe('M. Reed')
  expect(metadataOf('<meta property="article:author" content="https://face.example/m">').author).toBe('')
})

it('addresses are absolute where the page says what they are relative to', () => {
  const canonical = '<link rel="canonical" href="/a b">'
  expect(metadataOf(canonical, 'https://x.example/y').canonicalUrl).toBe('https://x.example/a%20b')
  expect(metadataOf(`<base href="//z.example/q/">${canonical}`, 'https://x.example/y').canonicalUrl).toBe(
    'https://z.example/a%20b',
  )
  expect(metadataOf(canonical).canonicalUrl).toBe('/a b')
  const broken = '<link rel="canonical" href="javascript:x"><meta property="og:url" content="https://x.example/z">'
  expect(metadataOf(broken).canonicalUrl).toBe('https://x.example/z')
})

describe('licenses', () => {
  const by = 'https://creativecommons.org/licenses/by/4.0/'
  const sa = 'http://www.creativecommons.org/licenses/by-sa/3.0/de/deed.de'
  it.each([
    ['rel in the head', `<link rel="license" href="${by}">`, 'CC-BY-4.0'],
    ['rel in the body', `<p><a rel="nofollow license" href="${sa}">x</a>`, 'CC-BY-SA-3.0'],
    [
      'JSON-LD',
      `<script type="application/ld+json">{"@type":"Article","license":{"url":"${by}"}}</script>`,
      'CC-BY-4.0',
    ],
    ['Dublin Core', '<meta name="dcterms.rights" content="CC BY-NC-ND 4.0">', 'CC-BY-NC-ND-4.0'],
    ['a link in the footer', `<p>x</p><footer><a href="${by}">CC</a></footer>`, 'CC-BY-4.0'],
    ['public domain', '<footer><a href="//creativecommons.org/publicdomain/zero/1.0/">CC0</a></footer>', 'CC0-1.0'],
    ['a link in the text says nothing', `<p>The license <a href="${by}">CC BY</a> is one of several.</p>`, ''],
    [
      'pictures have their own',
      `<figure><img src=x><figcaption><a rel=license href="${by}">CC</a></figcaption></figure>`,
      '',
    ],
    ['two are none', `<p><a rel=license href="${by}">x</a> <a rel=license href="${sa}">y</a>`, ''],
    ['others are none of Creative Commons', '<link rel="license" href="https://x.example/terms">', ''],
  ])('%s', (_name, html, license) => {
    expect(metadataOf(html).license).toBe(license)
  })

  it('the address stands beside', () => {
    expect(metadataOf(`<link rel="license" href="${by}">`).licenseUrl).toBe(by)
    expect(metadataOf('<link rel="license" href="/terms">', 'https://x.example/').licenseUrl).toBe('')
    expect(metadataOf('<link rel="license" href="https://x.example/terms">').licenseUrl).toBe('https://x.example/terms')
  })
})

it.each([
  ['20240506T070809Z', '2024-05-06T07:08:09Z'],
  ['2024-05', '2024-05'],
  ['2024', '2024'],
  ['2024.5.6', '2024-05-06'],
  ['Mon, 06 May 2024 07:08:09 GMT', '2024-05-06T07:08:09Z'],
  ['May 6th, 2024', '2024-05-06'],
  ['Mai 6, 2024', ''],
  ['2024-02-30', ''],
  ['2024-05-06T25:00', '2024-05-06'],
  ['1715000000', ''],
])('isoDate %s', (written, iso) => {
  expect(isoDate(written)).toBe(iso)
})
