"""The examples of the API documentation, the same in every dialect: one user sends one small file."""

import base64
import hashlib

PERSON, PASSWORD = "alice", "a password"

NAME, CONTENT = "hello.txt", b"hello world"
SIZE = len(CONTENT)
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
HOW_TO_MAKE = f"For the example: `printf '{CONTENT.decode()}' > {NAME}`."
"""How to create the example file."""

_ENCODED = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR42mP4VaEBRAwQCgAwLgZpeMV50AAAAABJRU5ErkJggg=="
PICTURE = base64.b64decode(_ENCODED)
PICTURE_NAME = "dot.png"
PICTURE_MD5 = hashlib.md5(PICTURE, usedforsecurity=False).hexdigest()
HOW_TO_MAKE_PICTURE = f"For the example: `echo {_ENCODED} | base64 -d > {PICTURE_NAME}`."
