"""The codes of a claim: derived from its secret, and read again as people and scanners type them. Pure.

Start reading at `derive.py`; `read.py` reads, with `layouts.py` for foreign keyboards and `symbols.py` for the
alphabet.
"""
