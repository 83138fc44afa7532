import { expect, it } from 'vitest'
import { isoDate } from '../../src/html/dates.js'
import { readMetadata } from '../../src/html/metadata.js'
import { release, scan } from '../../src/html/scan.js'

function metadataOf(html: string) {
  const tree = scan(html)
  const metadata = readMetadata(tree)
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
