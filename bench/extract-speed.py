"""The peers' turns of extract-speed.js: `extract-speed.py PAGES.warc.gz resiliparse|trafilatura`. Bytes in, decoding included."""
import io
import json
import resource
import sys

from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.parse.encoding import bytes_to_str, detect_encoding


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def read_pages(path):
    with open(path, "rb") as file:
        stream = io.BytesIO(file.read())
    records = ArchiveIterator(stream, record_types=WarcRecordType.response, auto_decode="all")
    return [(record.http_charset, record.reader.read()) for record in records]


def run(extract, pages):
    before = cpu_seconds()
    slowest = 0.0
    for charset, body in pages:
        start = cpu_seconds()
        extract(bytes_to_str(body, charset or detect_encoding(body)))
        slowest = max(slowest, cpu_seconds() - start)
    return len(pages) / (cpu_seconds() - before), slowest * 1000


def main():
    pages = read_pages(sys.argv[1])
    if sys.argv[2] == "resiliparse":
        from resiliparse.extract.html2text import extract_plain_text

        passes = [run(lambda html: extract_plain_text(html, main_content=True, alt_texts=False), pages) for _ in range(5)]
        print(json.dumps({
            "resiliparseFirst": passes[0][0],
            "resiliparse": max(speed for speed, _ in passes[1:]),
            "resiliparseSlowestMs": min(slowest for _, slowest in passes),
        }))
    else:
        import trafilatura

        extract = lambda html: trafilatura.extract(html, favor_precision=True, include_comments=False)  # noqa: E731
        speed, slowest = run(extract, pages[::8])
        print(json.dumps({"trafilatura": speed, "trafilaturaSlowestMs": slowest}))


main()
