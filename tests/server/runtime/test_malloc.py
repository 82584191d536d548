from __future__ import annotations

import subprocess
import sys

THREADS = """
import ctypes, os, tempfile, threading
{setting}
library = ctypes.CDLL(None)
library.fopen.restype = library.malloc.restype = ctypes.c_void_p
everybody = threading.Barrier(12)

def allocate():
    everybody.wait()
    block = ctypes.c_void_p(library.malloc(1000))
    everybody.wait()
    library.free(block)

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""

HEAPS = """
with tempfile.NamedTemporaryFile() as out:
    file = ctypes.c_void_p(library.fopen(out.name.encode(), b"w"))
    library.malloc_info(0, file)
    library.fclose(file)
    print(open(out.name).read().count("<heap nr="))
"""

MAPPED = """
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

library.mallinfo2.restype = Info
for _ in range(2):  # what is freed the first time would be kept for the second
    before, block = library.mallinfo2().hblks, ctypes.c_void_p(library.malloc(8 << 20))
    mapped = library.mallinfo2().hblks - before
    library.free(block)
print(mapped)
"""

SETTING = "from server.runtime.malloc import return_freed_memory; return_freed_memory()"


def run(*parts: str, setting: str) -> int:
    script = "".join(parts).replace("{setting}", setting)
    return int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)


def test_many_threads_share_two_heaps() -> None:
    assert run(THREADS, HEAPS, setting=SETTING) == 2


def test_a_large_block_is_mapped_by_itself_however_often_one_was_freed_before() -> None:
    assert run(THREADS, MAPPED, setting=SETTING) == 1


def test_the_c_library_by_default_has_a_heap_for_each_thread_and_retains_freed_memory() -> None:
    """Else this module has no purpose any more."""
    assert run(THREADS, HEAPS, setting="") > 2
    assert run(THREADS, MAPPED, setting="") == 0
