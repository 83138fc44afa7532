/** ARC records: their line in all its variants, what stands behind them, and what becomes of them. */
import { describe, expect, it } from 'vitest'
import { arcLine } from '../../../src/formats/warc/arc.js'
import readWarc from '../../../stages/read-warc.js'
import { arcFile, arcRecord, drain, httpBlock, memoryFile, perRecordGzip, reasons } from '../../support/warc.js'
import { outline, readFile } from '../../support/warc-events.js'

const html = '<html><body><p>A page.</p></body></html>'
const page = arcRecord('http://a.example/', httpBlock(html))

function fieldsOf(line: string): Record<string, string> | null {
  const read = arcLine(Buffer.from(line))
  return read && Object.fromEntries(read.fields)
}

describe('arcLine', () => {
  it('reads five fields', () => {
    const line = 'http://a.example/x 192.0.2.7 20040518015810 text/html 1234\nHTTP/1.0 200 OK\n'
    expect(arcLine(Buffer.from(line))).toMatchObject({ version: '1.0', lineSize: line.indexOf('HTTP'), length: '1234' })
    expect(fieldsOf(line)).toEqual({
      'warc-type': 'response',
      'warc-target-uri': 'http://a.example/x',
      'warc-ip-address': '192.0.2.7',
      'warc-date': '2004-05-18T01:58:10Z',
      'content-type': 'text/html',
      'content-length': '1234',
    })
  })

  it('reads ten fields', () => {
    const line = 'http://a.example/ 192.0.2.7 20040518015810 text/html 200 - - 77 a.arc.gz 1234\r\n'
    expect(arcLine(Buffer.from(line))).toMatchObject({ version: '2.0', lineSize: line.length, length: '1234' })
    expect(fieldsOf(line)).toMatchObject({ 'content-type': 'text/html', 'content-length': '1234' })
  })

  it('reads URLs and content types with spaces, of any script', () => {
    const fields = fieldsOf('http://a.example/übersicht 1 2.html?a=b 1.2.3.4 20040518015810 text/html; charset=x 5\n')
    expect(fields).toMatchObject({
      'warc-target-uri': 'http://a.example/übersicht 1 2.html?a=b',
      'content-type': 'text/html; charset=x',
    })
    const tricky = fieldsOf('http://a.example/ 1.2.3.4 20000101000000 x 1.2.3.4 20040518015810 text/html 5\n')
    expect(tricky?.['warc-target-uri']).toBe('http://a.example/ 1.2.3.4 20000101000000 x')
  })

  it('leaves out what is unknown', () => {
    expect(fieldsOf('filedesc:// - - - 76\r\n')).toEqual({
      'warc-type': 'arc_header',
      'warc-target-uri': 'filedesc://',
      'content-length': '76',
    })
    expect(fieldsOf('dns:a.example 192.0.2.7 200405180158 text/dns 40\n')?.['warc-date']).toBe('2004-05-18T01:58:00Z')
  })

  it('is null for other lines', () => {
    const others = [
      '',
      'WARC/1.0\r\n',
      'http://a.example/\n',
      'http://a.example/ 192.0.2.7 yesterday text/html 5\n',
      'http://a.example/ nowhere 20040518015810 text/html 5\n',
      'a page 192.0.2.7 20040518015810 text/html 5\n',
      'http://a.example/ 192.0.2.7 20040518015810 text/html 5', // no end
      `http://a.example/${'x'.repeat(20_000)} 192.0.2.7 20040518015810 text/html 5\n`,
    ]
    for (const line of others) expect(fieldsOf(line), line.slice(0, 60)).toBeNull()
  })
})

describe('ARC files', () => {
  async function outlineOf(bytes: Buffer): Promise<string[]> {
    return outline((await readFile(bytes)).events)
  }

  it('give their version block and records, packed or not', async () => {
    const header = arcFile([])
    const plain = Buffer.concat([header, page, page])
    expect(await outlineOf(plain)).toEqual([
      `0+${header.length} arc_header`,
      `${header.length}+${page.length} response`,
      `${header.length + page.length}+${page.length} response`,
    ])
    const words = (lines: readonly string[]) => lines.map((line) => line.split(' ')[1])
    expect(words(await outlineOf(perRecordGzip([header, page, page])))).toEqual(['arc_header', 'response', 'response'])
  })

  it('go on behind lengths that lie and garbage', async () => {
    const short = Buffer.from(page.toString('latin1').replace(/ (\d+)\n/, ' 20\n'), 'latin1')
    const lines = await outlineOf(Buffer.concat([arcFile([page]), short, page, Buffer.from('garbage\n'), page]))
    expect(lines.map((line) => line.split(' ')[1])).toEqual([
      'arc_header',
      'response',
      'record-length',
      'response',
      'not-warc',
      'response',
    ])
  })

  it('may lack the line break behind a record, or have several, or spaces', async () => {
    for (const after of ['', '\n\n', '\r\n', `${' '.repeat(80)}\r\n`]) {
      const record = arcRecord('http://a.example/', httpBlock(html), 'text/html', after)
      expect(await outlineOf(Buffer.concat([record, page])), JSON.stringify(after)).toEqual([
        `0+${record.length} response`,
        `${record.length}+${page.length} response`,
      ])
    }
  })

  it('become documents where they hold pages', async () => {
    const bytes = arcFile([
      page,
      arcRecord('dns:a.example', '20040518015810\na.example. 60 IN A 192.0.2.7\n', 'text/dns'),
      arcRecord('http://a.example/gone', httpBlock(html, {}, '404 Not Found')),
      arcRecord('ftp://a.example/index.html', html),
      arcRecord('ftp://a.example/notes', 'Just text.', 'no-type'),
    ])
    const options = { rangeSize: 4096, recordSizeMax: 100_000, plainText: false }
    const range = { start: 0, end: bytes.length, exact: true }
    const { events } = await drain(readWarc.read.read(options, memoryFile(bytes, 'a.arc'), range))
    expect(reasons(events)).toEqual([
      ...['arc_header', 'document', 'type-text/dns', 'status-404', 'document', 'type-text/plain'],
    ])
    expect(events[1]).toMatchObject({ document: { url: 'http://a.example/', date: '2004-05-18T01:58:10Z' } })
  })
})
