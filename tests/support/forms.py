"""Multipart bodies, byte for byte."""


def form(*parts: tuple[str, str | None, bytes], boundary: str = "limit") -> tuple[bytes, dict[str, str]]:
    """A multipart body with its parts (name, file name, content) in just this order, and its header."""
    body = b""
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}
