import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readBenchmark } from '../../src/decontamination/benchmark-file.js'

const FIELDS = { id: 'id', bench: 'bench', texts: ['prompt', 'target', 'options'] }

function read(content: string | Uint8Array, path = 'in/quiz.jsonl.gz') {
  return [...readBenchmark(Buffer.from(content), path, FIELDS)]
}

describe('readBenchmark', () => {
  it('reads items, plain or gzip, with what they have', () => {
    const lines = [
      '{"id": 7, "bench": "b", "prompt": "Q?", "target": "A", "options": ["x", {"text": ["y"], "n": 3}]}\r',
      '',
      '{"prompt": "Q?", "target": null, "other": "not read"}',
      '{"prompt": ""}',
    ].join('\n')
    const expected = [
      { bench: 'b', id: '7', texts: ['Q?', 'A', 'x\ny\n3'] },
      { bench: 'quiz', id: 'line 3', texts: ['Q?'] },
      { bench: 'quiz', id: 'line 4', texts: [] },
    ]
    expect(read(lines)).toEqual(expected)
    expect(read(gzipSync(lines))).toEqual(expected)
    expect(read(`\ufeff${lines}`)).toEqual(expected)
  })

  it.each([
    ['an empty file', '', 'benchmarks: q.jsonl: expected a JSON object a line, got an empty file'],
    ['blank lines only', ' \n\n', 'got an empty file'],
    ['no JSON', '{"prompt": "a"}\n{"prompt": ', 'benchmarks: q.jsonl:2: expected a JSON object: '],
    ['no object', '["a"]', 'q.jsonl:1: expected a JSON object, got ["a"]'],
    [
      'other fields',
      '{"question": "a", "id": 1}',
      'q.jsonl:1: expected a field prompt or target or options, got question, id',
    ],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'q.jsonl:1: expected UTF-8'],
    ['half a gzip file', gzipSync('{"prompt": "a"}').subarray(0, 20), 'q.jsonl: expected a whole gzip file'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'q.jsonl: expected plain text or gzip, got zstd'],
  ])('refuses %s', (_, content, message) => {
    expect(() => read(content, 'q.jsonl')).toThrow(message)
  })
})
