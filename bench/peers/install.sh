#!/usr/bin/env bash
# Installs the peers that are not here, into folders that git ignores. What cannot be had is told and left out.
set -uo pipefail
cd "$(dirname "$0")"
mkdir -p installed

without() { echo "without $1: $2" >&2; }

if ! PATH="$PATH:/usr/sbin" command -v nginx >/dev/null && [ ! -x installed/nginx/usr/sbin/nginx ]; then
    # Unpacked, not installed: an installed nginx would start serving.
    (cd installed && apt-get download -qq nginx && dpkg-deb -x nginx_*.deb nginx && rm nginx_*.deb) ||
        without nginx "install nginx-light"
fi
if command -v npm >/dev/null; then
    npm ci --prefix tus-node --silent || without @tus/server "npm failed"
else
    without @tus/server "npm is needed"
fi
if [ ! -x installed/tus-python/bin/python ]; then
    "${PYTHON:-python3}" -m venv installed/tus-python
fi
installed/tus-python/bin/python -m pip install --disable-pip-version-check --quiet -r tus-python/requirements.txt ||
    without tuspyserver "pip failed"
if command -v go >/dev/null; then
    GOBIN="$PWD/installed/bin" go install github.com/tus/tusd/v2/cmd/tusd@v2.9.1 || without tusd "go failed"
else
    without tusd "go is needed"
fi
