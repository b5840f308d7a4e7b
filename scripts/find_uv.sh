#!/bin/sh
# Prints the path of uv; installs it under .cache/ when the machine has none. Run from the repository's root.
set -eu

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11, 3.12 or 3.13 is needed and none was found on PATH. Install one, or name it: make install PYTHON=/path/to/python3"
    exit 1
}

for uv in "$(command -v uv || true)" "$HOME/.local/bin/uv" .cache/uv/bin/uv; do
    # Asked for its version: a shim of a version manager may be on PATH and still lead nowhere.
    if [ -n "$uv" ] && "$uv" --version >/dev/null 2>&1; then
        printf '%s\n' "$uv"
        exit 0
    fi
done

python=$(find_python)
say "uv is not installed; putting it into .cache/uv (with $python)"
rm -rf .cache/uv
mkdir -p .cache
# Debian's Python comes without venv, others without pip: either will do.
if "$python" -m venv .cache/uv >/dev/null 2>&1 && .cache/uv/bin/python -m pip install --quiet uv >&2; then
    :
else
    rm -rf .cache/uv
    if ! "$python" -m pip install --quiet --target .cache/uv uv >&2; then
        say "uv could not be installed: $python has neither a working venv (Debian: apt-get install python3-venv) nor pip,"
        say "or the package index cannot be reached. Install uv by any means and call make again."
        exit 1
    fi
fi
.cache/uv/bin/uv --version >/dev/null
printf '%s\n' .cache/uv/bin/uv
