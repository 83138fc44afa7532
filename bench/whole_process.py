"""Runs a command and prints one JSON line: wall seconds, CPU seconds of it and of all its descendants, the peak of their
summed PSS in MiB, and the last line that it printed. Linux only: a subreaper, so that workers left behind are counted too.

    python whole_process.py COMMAND ...
"""
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.25


def pss_mib(session):
    """Summed proportional set size of the processes of a session."""
    total_kib = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.getsid(int(name)) != session:
                continue
            with open(f"/proc/{name}/smaps_rollup") as rollup:
                total_kib += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue  # it ended in between
    return total_kib / 1024


def wait_for_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(sys.argv[1:], stdout=out, stderr=subprocess.DEVNULL, start_new_session=True)
        peak, done = [0.0], threading.Event()

        def watch():
            while not done.wait(SAMPLE_SECONDS):
                peak[0] = max(peak[0], pss_mib(child.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        child.wait()
        wall = time.perf_counter() - began
        wait_for_all()
        done.set()
        watcher.join()
        out.seek(0)
        lines = out.read().strip().splitlines()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"rc": child.returncode, "wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peakMiB": round(peak[0])}
    print(json.dumps({**figures, "last": lines[-1] if lines else ""}))


main()
