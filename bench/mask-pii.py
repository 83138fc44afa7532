"""The peer of bench/mask-pii.js: datatrove's PIIFormatter (e-mail and public IP addresses) on the same texts.
Usage: python bench/mask-pii.py [repeats], with datatrove installed. Data from MILLRACE_DATA."""
import gzip, json, os, pathlib, sys, time

from datatrove.pipeline.formatters import PIIFormatter

data = pathlib.Path(os.environ.get("MILLRACE_DATA") or pathlib.Path(__file__).parents[2] / "shared/data")
repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
formatter = PIIFormatter()
for name, path in (("texts", "text/corpus.jsonl.gz"), ("spans", "pii/presidio_spans.jsonl.gz")):
    texts = [json.loads(line)["text"] for line in gzip.open(data / path, "rt")]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    seconds = float("inf")
    for _ in range(repeats):
        before = time.process_time()
        for text in texts:
            formatter.format(text)
        seconds = min(seconds, time.process_time() - before)
    print(json.dumps({"input": name, "engine": "datatrove PIIFormatter", "count": len(texts), "perSecond": round(len(texts) / seconds),
                      "megabytesPerSecond": round(megabytes / seconds, 1)}))
