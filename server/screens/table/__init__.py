"""The import of screens from a CSV file.

`sheet.py` reads the file as spreadsheets save it, `importing.py` plans and does the import, and `openooh.py` lists the
venue types.
"""
