"""Make the renditions of a creative with ffmpeg and Pillow: files in, files out, without a database.

Start reading at `renditions.py`, which has a maker for each kind; `films.py` and `stills.py` have the encodings.
"""
