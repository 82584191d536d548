"""The media process: serves files by their digest and takes uploads, away from the web process.

`app.py` is its Flask application and serves the files; `uploads.py` takes a file as the body of one request,
`resumable.py` in parts (tus 1.0.0). `gunicorn_server.py` runs the application with threads that no slow client can
hold; `answer_buffer.py` stores what a client has not taken yet. The folder knows no page: it imports the domain,
`server.context` and `server.http`.
"""
