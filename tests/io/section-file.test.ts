/** Files of sections: read back as they were written, in stretches that the reader may use in part. */
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ShardError } from '../../src/errors/errors.js'
import { readSections, type SectionFile, SectionFileWriter } from '../../src/io/section-file.js'
import { temporaryFolder } from '../support/folder.js'
import { Random } from '../support/random.js'

const folder = temporaryFolder()
const random = new Random(3)

function write(name: string, sections: readonly Uint8Array[]): SectionFile {
  const writer = new SectionFileWriter(join(folder, name))
  for (const [section, bytes] of sections.entries()) {
    for (let at = 0; at < bytes.length; at += 5000) writer.write(section, bytes.subarray(at, at + 5000))
  }
  return writer.finish(sections.length)
}

/** Uses up to `most` bytes of each stretch, the rest of the last one too. */
function read(file: SectionFile, from: number, to: number, most: number): Buffer {
  const parts: Uint8Array[] = []
  readSections(file, from, to, (bytes) => {
    const used = bytes.length <= most ? bytes.length : bytes.length - (bytes.length % most)
    parts.push(bytes.slice(0, used))
    return used
  })
  return Buffer.concat(parts)
}

it('gives sections back, empty and large ones, one or several', () => {
  const sections = [10, 0, 400_000, 0, 0, 131_072, 1, 0].map((length) => random.bytes(length))
  const file = write('several', sections)
  for (let from = 0; from < sections.length; from++) {
    for (let to = from; to <= sections.length; to++) {
      expect(read(file, from, to, 1).equals(Buffer.concat(sections.slice(from, to)))).toBe(true)
    }
  }
})

it('gives more where nothing of a stretch could be used', () => {
  const file = write('long', [random.bytes(500_000)])
  let largest = 0
  readSections(file, 0, 1, (bytes) => {
    largest = bytes.length
    return bytes.length < 500_000 ? 0 : bytes.length
  })
  expect(largest).toBe(500_000)
})

it('names a file that is cut, or that ends within a record', () => {
  const file = write('cut', [random.bytes(1000)])
  expect(() => readSections(file, 0, 1, (bytes) => bytes.length - 1)).toThrow('a record ends too early, at 999')
  truncateSync(file.path, 600)
  expect(() => read(file, 0, 1, 1)).toThrow(ShardError)
  expect(() => new SectionFileWriter(file.path)).toThrow("can't write")
})
