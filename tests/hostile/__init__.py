"""Probes by clients, pages and people that mean harm, or that are broken: each is one input and what must come of it.

One module for each kind of door: `test_connections.py` has malformed, endless, slow, silent and many clients,
`test_requests.py` bodies, queries and paths, and so on; each says in its first lines what it holds. `raw.py` is a client that
sends the bytes it is told, `serving.py` serves an application.

Servers listen on a free port of 127.0.0.1 and end with their module, and after a probe others are still answered. Limits of
time are fractions of a second here; no test measures how long an answer took.
"""
