"""The four filters of datatrove on the same texts: the peer of bench/filters.js, which starts it.

    python bench/filters.py TEXTS.jsonl > figures.jsonl

Lines out: {reasons: {filter: reason}, cleaned}, one a text, every filter on the text as it is, reasons in Millrace's
words ('' means kept); then {chain: {docs, bytes, kept, cpuSeconds}} for the four in FineWeb's order on what the one
before left, tokenizer warm.
"""
import json
import re
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
REASONS = {
    "dup_para_frac": "duplicateParagraphs",
    "dup_para_char_frac": "duplicateParagraphCharacters",
    "dup_line_frac": "duplicateLines",
    "dup_line_char_frac": "duplicateLineCharacters",
    "gopher_short_doc": "wordCountMin",
    "gopher_long_doc": "wordCountMax",
    "gopher_below_avg_threshold": "wordLengthMeanMin",
    "gopher_above_avg_threshold": "wordLengthMeanMax",
    "gopher_too_many_hashes": "hashes",
    "gopher_too_many_ellipsis": "ellipses",
    "gopher_too_many_bullets": "bulletLines",
    "gopher_too_many_end_ellipsis": "ellipsisLines",
    "gopher_below_alpha_threshold": "letterWords",
    "gopher_enough_stop_words": "stopWords",
    "lorem_ipsum": "loremIpsum",
    "curly_bracket": "curlyBracket",
    "too_few_sentences": "sentenceCountMin",
    "line_punct_ratio": "linePunctuation",
    "short_line_ratio": "shortLines",
    "char_dup_ratio": "duplicateLineCharacters",
    "list_ratio": "newlines",
}


def reason_of(filter, document):
    result = filter.filter(document)
    if result is True:
        return ""
    reason = re.sub(r"^top_(\d+)_gram$", r"top\1Gram", result[1])
    return REASONS.get(reason, re.sub(r"^duplicated_(\d+)_n_grams$", r"duplicate\1Grams", reason))


texts = [json.loads(line)["text"] for line in open(sys.argv[1], encoding="utf-8")]
split_into_words("Warm up.", "eng")
for text in texts:
    reasons, cleaned = {}, None
    for name, filter in FILTERS.items():
        document = Document(text=text, id="")
        reasons[name] = reason_of(filter, document)
        if name == "filter-c4-quality" and reasons[name] == "":
            cleaned = document.text
    print(json.dumps({"reasons": reasons, "cleaned": cleaned}))

started = time.process_time()
kept = 0
for text in texts:
    document = Document(text=text, id="")
    kept += all(reason_of(filter, document) == "" for filter in FILTERS.values())
seconds = time.process_time() - started
size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
print(json.dumps({"chain": {"docs": len(texts), "bytes": size, "kept": kept, "cpuSeconds": seconds}}))
