"""The peer of bench/detect-language.js: fastText's C++ under its Python bindings, best label only and all labels (as
datatrove's LanguageFilter asks), on the same rows and texts.
Usage: python bench/detect-language.py MODEL [repeats], with fasttext or fasttext-wheel installed. Data from MILLRACE_DATA."""
import gzip, json, os, pathlib, sys, time

from fasttext.FastText import _FastText

data = pathlib.Path(os.environ.get("MILLRACE_DATA") or pathlib.Path(__file__).parents[2] / "shared/data")
model = _FastText(sys.argv[1])
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
for name, path in (("rows", "langid/langid.jsonl.gz"), ("texts", "text/corpus.jsonl.gz")):
    texts = [json.loads(line)["text"].replace("\n", " ") for line in gzip.open(data / path, "rt")]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    for k in (1, -1):
        seconds = float("inf")
        for _ in range(repeats):
            before = time.process_time()
            for text in texts:
                model.predict(text, k=k)
            seconds = min(seconds, time.process_time() - before)
        print(json.dumps({"input": name, "engine": f"python fastText, k={k}", "count": len(texts), "megabytes": round(megabytes, 1),
                          "perSecond": round(len(texts) / seconds), "megabytesPerSecond": round(megabytes / seconds, 1)}))
