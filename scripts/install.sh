#!/bin/sh
# Makes .venv from requirements.lock and installs our five packages into it, editable. Run from the repository's root.
set -eu

uv=$(scripts/find_uv.sh)

# Where only pip has been told about a package index of its own, uv is told the same.
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}${UV_CONFIG_FILE:-}" ] && [ ! -e "$HOME/.config/uv/uv.toml" ] \
    && [ ! -e /etc/uv/uv.toml ]; then
    index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi
fi
certificate=${PIP_CERT:-$(python3 -m pip config get global.cert 2>/dev/null || true)}
if [ -z "${SSL_CERT_FILE:-}" ] && [ -n "$certificate" ]; then export SSL_CERT_FILE="$certificate"; fi

wanted=${PYTHON:->=3.11,<3.14}
if ! .venv/bin/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
    || { [ -n "${PYTHON:-}" ] && [ ! -e .venv/.made-with-"$(printf %s "$PYTHON" | tr -c '[:alnum:].\n' _)" ]; }; then
    "$uv" venv --quiet --clear --python "$wanted" --python-preference system .venv
    if [ -n "${PYTHON:-}" ]; then touch .venv/.made-with-"$(printf %s "$PYTHON" | tr -c '[:alnum:].\n' _)"; fi
fi

export VIRTUAL_ENV=.venv
"$uv" pip sync --quiet --require-hashes requirements.lock
# Built with what the lock brought (no isolation), so that nothing comes in without a hash.
"$uv" pip install --quiet --no-deps --no-build-isolation --editable .

# From another folder: only an installed package is found there.
(cd / && "$OLDPWD/.venv/bin/python" -c 'import assets, jobs, leadmetrics_pipelines, resources, sensors')
