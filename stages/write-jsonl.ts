import { jsonLinesEncoder, lineCompressor } from '../src/formats/jsonl/encode.js'
import { loadZstd } from '../src/io/zstd.js'
import { oneOf } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

const EXTENSION = { gzip: 'jsonl.gz', zstd: 'jsonl.zst', none: 'jsonl' } as const

export default defineStage({
  kind: 'write',
  summary: 'write JSON Lines, one document a line',
  options: {
    compression: oneOf(['gzip', 'zstd', 'none'], {
      default: 'gzip',
      meaning:
        "Compression of the file. gzip's bytes depend on the zlib inside Node; zstd's are the same on every Node version.",
    }),
  },
  write: {
    extension: ({ compression }) => EXTENSION[compression],
    async prepare({ compression }) {
      const compress = lineCompressor(compression, compression === 'zstd' ? await loadZstd() : null)
      return (write) => jsonLinesEncoder(write, compress)
    },
  },
})
