"""The peers of bench/mask-pii.js on the same texts, whichever of them is installed: datatrove's PIIFormatter (e-mail and public IP
addresses), and Presidio's pattern recognisers (a blank spaCy model, score threshold 0.35).
Usage: python bench/mask-pii.py [repeats]. Data from MILLRACE_DATA."""
import gzip, importlib.util, json, os, pathlib, sys, tempfile, time

data = pathlib.Path(os.environ.get("MILLRACE_DATA") or pathlib.Path(__file__).parents[2] / "shared/data")
repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def datatrove():
    from datatrove.pipeline.formatters import PIIFormatter
    return PIIFormatter().format


def presidio():
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    folder = tempfile.mkdtemp()
    spacy.blank("en").to_disk(folder)
    models = [{"lang_code": "en", "model_name": folder}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    for recognizer in [one for one in engine.registry.recognizers if "Spacy" in type(one).__name__]:
        engine.registry.recognizers.remove(recognizer)
    return lambda text: engine.analyze(text, language="en", score_threshold=0.35)


def measure(engine, work, names):
    for name, path in (("texts", "text/corpus.jsonl.gz"), ("spans", "pii/presidio_spans.jsonl.gz")):
        if name not in names:
            continue
        texts = [json.loads(line)["text"] for line in gzip.open(data / path, "rt")]
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        seconds = float("inf")
        for _ in range(repeats):
            before = time.process_time()
            for text in texts:
                work(text)
            seconds = min(seconds, time.process_time() - before)
        print(json.dumps({"input": name, "engine": engine, "count": len(texts), "perSecond": round(len(texts) / seconds),
                          "megabytesPerSecond": round(megabytes / seconds, 2)}))


if importlib.util.find_spec("datatrove"):
    measure("datatrove PIIFormatter", datatrove(), ("texts", "spans"))
if importlib.util.find_spec("presidio_analyzer"):
    measure("Presidio patterns", presidio(), ("spans",))
