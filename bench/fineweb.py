"""The FineWeb recipe in datatrove 0.10 on a folder of WARC files: the peer of configs/fineweb.yaml, the same stages in the
same order. Prints one JSON line at the end. The language model is read from a file, since datatrove would download it.

    python fineweb.py WARC_FOLDER OUTPUT_FOLDER LID_176_FTZ WORKERS
"""
import gzip
import json
import pathlib
import sys

import datatrove.pipeline.filters.language_filter as language_filter
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig

WARCS, OUTPUT, MODEL, WORKERS = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])


class LocalModel(language_filter.FT176LID):
    @property
    def model(self):
        if self._model is None:
            from fasttext.FastText import _FastText

            self._model = _FastText(MODEL)
        return self._model


def run(name, steps, tasks):
    LocalPipelineExecutor(
        pipeline=steps, tasks=tasks, workers=min(WORKERS, tasks), logging_dir=str(OUTPUT / "logs" / name)
    ).run()


def rows(folder):
    return sum(1 for path in (OUTPUT / folder).rglob("*.jsonl.gz") for _ in gzip.open(path))


def main():
    language_filter.FT176LID = LocalModel
    files = len(list(pathlib.Path(WARCS).glob("*.warc.gz")))
    config = MinhashConfig(
        hash_config=HashConfig(hash_fc="sha1", precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    at = lambda name: str(OUTPUT / name)
    filtering = [
        WarcReader(WARCS, glob_pattern="*.warc.gz"),
        Trafilatura(favour_precision=True, timeout=5),
        LanguageFilter("en"),
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
        JsonlWriter(at("base")),
    ]
    run("base", filtering, files)
    run("signatures", [JsonlReader(at("base")), MinhashDedupSignature(output_folder=at("sig"), config=config)], files)
    run("buckets", [MinhashDedupBuckets(at("sig"), at("buckets"), config=config)], 14)
    run("cluster", [MinhashDedupCluster(at("buckets"), at("remove"), config=config)], 1)
    ending = [JsonlReader(at("base")), MinhashDedupFilter(at("remove")), PIIFormatter(), JsonlWriter(at("final"))]
    run("filter", ending, files)
    print(json.dumps({"files": files, "afterFilters": rows("base"), "kept": rows("final")}))


if __name__ == "__main__":
    main()
