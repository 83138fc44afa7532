"""The four filters of datatrove on the same texts: the peer of bench/filters.js, which starts it.

    python bench/filters.py TEXTS.jsonl > figures.jsonl

Lines out: {verdicts: {filter: reason}, cleaned}, one a text, every filter on the text as it is ('' means kept); then
{chain: {docs, bytes, cpuSeconds}} for the four in FineWeb's order on what the one before left, tokenizer warm.
"""
import json
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.text import split_into_words

FILTERS = {
    "filter-gopher-repetition": GopherRepetitionFilter(),
    "filter-gopher-quality": GopherQualityFilter(),
    "filter-c4-quality": C4QualityFilter(filter_no_terminal_punct=False),
    "filter-fineweb-quality": FineWebQualityFilter(),
}


def reason_of(filter, document):
    result = filter.filter(document)
    return "" if result is True else result[1]


texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
split_into_words("Warm up.", "eng")
for text in texts:
    verdicts, cleaned = {}, None
    for name, filter in FILTERS.items():
        document = Document(text=text, id="")
        verdicts[name] = reason_of(filter, document)
        if name == "filter-c4-quality" and verdicts[name] == "":
            cleaned = document.text
    print(json.dumps({"verdicts": verdicts, "cleaned": cleaned}))

started = time.process_time()
kept = 0
for text in texts:
    document = Document(text=text, id="")
    kept += all(reason_of(filter, document) == "" for filter in FILTERS.values())
seconds = time.process_time() - started
size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
print(json.dumps({"chain": {"docs": len(texts), "bytes": size, "kept": kept, "cpuSeconds": seconds}}))
