import { documentEncoder } from '../src/formats/parquet/documents.js'
import { loadZstd } from '../src/io/zstd.js'
import { oneOf } from '../src/stage/options.js'
import { defineStage } from '../src/stage/stage.js'

export default defineStage({
  kind: 'write',
  summary: 'write Parquet files, which DuckDB, Spark and pyarrow open as they are',
  source: 'Apache Parquet format 2',
  options: {
    compression: oneOf(['zstd', 'none'], { default: 'zstd', meaning: 'Compression of the column pages.' }),
  },
  write: {
    extension: () => 'parquet',
    async prepare({ compression }) {
      const zstd = compression === 'zstd' ? await loadZstd() : null
      return (write) => documentEncoder(write, zstd)
    },
  },
})
