"""Scores extracted main text, and how much better the first run is than each other one, with intervals.

    python bench/extraction-quality.py PAGES.jsonl.gz OURS.jsonl PEER.jsonl... [--ids IDS.json]
    python bench/extraction-quality.py PAGES.jsonl.gz --peer trafilatura-precision > PEER.jsonl

PAGES: {id, set, html} with {gold} or {with, without}; runs: {id, text}. Only pages of IDS (an object by id) count. Per set: pages with gold by F1 of mean
precision and mean recall of word 4-grams (as scrapinghub's article-extraction-benchmark), pages with snippets by F1 over
all snippets. Intervals: 95 %, paired bootstrap over pages, 2,000 draws. Peers: trafilatura-precision, trafilatura, resiliparse,
readability (readability-lxml); whichever is installed.
"""
import argparse
import collections
import gzip
import json
import random
import re
import sys
import unicodedata

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
DRAWS = 2000


def extractor(name):
    if name.startswith("trafilatura"):
        import trafilatura
        from trafilatura.meta import reset_caches
        options = dict(favor_precision=True, include_comments=False, deduplicate=True) if "precision" in name else {}
        return lambda html: (reset_caches(), trafilatura.extract(html, **options))[1]
    if name == "resiliparse":
        from resiliparse.extract.html2text import extract_plain_text
        return lambda html: extract_plain_text(html, main_content=True, alt_texts=False)
    import html_text
    from readability import Document
    return lambda html: html_text.extract_text(Document(html).summary())


def pages_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        yield from map(json.loads, f)


def shingles(text, n=4):
    words = WORD.findall(unicodedata.normalize("NFC", text))
    return collections.Counter(filter(None, (tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1)))))


def flat(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


def measure(page, text):
    """Counts that add up to a score: of a page with gold (precision or None, recall or None), of one with snippets (tp, fp, fn)."""
    if "gold" not in page or page["set"] == "snippets":
        text = flat(text)
        hits = sum(flat(snippet) in text for snippet in page["with"])
        return hits, sum(flat(snippet) in text for snippet in page["without"]), len(page["with"]) - hits
    gold, got = shingles(page["gold"]), shingles(text)
    both = (gold & got).total()
    return both / got.total() if got else None, both / gold.total() if gold else None


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else 0.0


def score(rows):
    if len(rows[0]) == 3:
        tp, fp, fn = map(sum, zip(*rows))
        return 2 * tp / max(1, 2 * tp + fp + fn)
    precision, recall = mean(row[0] for row in rows), mean(row[1] for row in rows)
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def interval(draws):
    draws = sorted(draws)
    return f"[{draws[len(draws) * 25 // 1000]:+.3f}, {draws[len(draws) * 975 // 1000 - 1]:+.3f}]"


def main():
    a = argparse.ArgumentParser()
    a.add_argument("pages")
    a.add_argument("runs", nargs="*")
    a.add_argument("--peer")
    a.add_argument("--ids")
    o = a.parse_args()
    if o.peer:
        extract = extractor(o.peer)
        for page in pages_of(o.pages):
            try:
                text = extract(page["html"]) or ""
            except Exception as error:  # a peer that fails on a page has no text for it; the page is named
                print(page["id"], type(error).__name__, file=sys.stderr)
                text = ""
            print(json.dumps({"id": page["id"], "text": text}))
        return
    runs = [{row["id"]: row["text"] for row in map(json.loads, open(path, encoding="utf-8"))} for path in o.runs]
    ids = json.load(open(o.ids)) if o.ids else None
    if ids is not None and "pages" in ids:
        ids = ids["pages"]
    rows = collections.defaultdict(list)
    for page in pages_of(o.pages):
        if ids is None or page["id"] in ids:
            rows[page["set"]].append([measure(page, run.get(page["id"], "")) for run in runs])
    print("| set | pages |", " | ".join(o.runs), "|")
    chance = random.Random(8)
    for name, pages in rows.items():
        columns = list(zip(*pages))
        draws = [[chance.randrange(len(pages)) for _ in pages] for _ in range(DRAWS)]
        drawn = [[score([column[i] for i in draw]) for draw in draws] for column in columns]
        cells = [f"{score(column):.4f}" for column in columns]
        for i in range(1, len(columns)):
            cells[i] += " " + interval([ours - peer for ours, peer in zip(drawn[0], drawn[i])])
        print(f"| {name} | {len(pages)} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
