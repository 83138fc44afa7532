/** An input file that lies in memory, and what a reader makes of it. */
import type { InputFile, Range, ReadEvent, ReadExtent } from '../../src/stage/stage.js'

export function memoryFile(name: string, content: Uint8Array | string): InputFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return {
    name,
    sizeBytes: bytes.length,
    read: async (offset, lengthBytes) => bytes.slice(offset, offset + lengthBytes),
  }
}

export async function drain(
  events: AsyncGenerator<ReadEvent, ReadExtent, void>,
): Promise<{ events: ReadEvent[]; extent: ReadExtent }> {
  const out: ReadEvent[] = []
  for (;;) {
    const step = await events.next()
    if (step.done) return { events: out, extent: step.value }
    out.push(step.value)
  }
}

/** The whole file as one range, and cut every `rangeSize` bytes. */
export function rangesOf(file: InputFile, rangeSize: number | null): Range[] {
  if (rangeSize === null) return [{ start: 0, end: file.sizeBytes, exact: true }]
  const ranges: Range[] = []
  for (let start = 0; start < file.sizeBytes; start += rangeSize) {
    ranges.push({ start, end: Math.min(start + rangeSize, file.sizeBytes), exact: start === 0 })
  }
  return ranges
}
