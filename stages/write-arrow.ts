import { documentWriter } from '../src/formats/arrow/documents.js'
import { loadZstd } from '../src/io/zstd.js'
import { oneOf } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'write',
  summary: 'write Arrow IPC files, which pyarrow, Polars and Hugging Face datasets open as they are',
  source: 'Apache Arrow columnar format 1.5',
  options: {
    compression: oneOf(['zstd', 'none'], { default: 'zstd', meaning: 'Compression of the column buffers.' }),
  },
  write: {
    extension: () => 'arrow',
    async prepare({ compression }) {
      const zstd = compression === 'zstd' ? await loadZstd() : null
      return (write) => documentWriter(write, zstd)
    },
  },
})
