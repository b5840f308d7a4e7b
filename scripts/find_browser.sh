#!/bin/sh
# Writes the path of a working Chromium or Chrome to .cache/chromium-path; installs one when the machine has none.
# Order: what is there, Playwright's own download, Debian's package. Run from the repository's root, after install.
set -eu

python=.venv/bin/python
mkdir -p .cache

say() { printf '%s\n' "$*" >&2; }

find_one() {
    "$python" -m leadmetrics_pipelines.kit.browser >.cache/chromium-path.new 2>.cache/browser.log || return 1
    mv .cache/chromium-path.new .cache/chromium-path
    say "Browser: $(cat .cache/chromium-path)"
}

rm -f .cache/chromium-path
if find_one; then exit 0; fi

say "No Chromium or Chrome here; trying Playwright's own"
# An index that is not reachable shall not hold up the rest for long.
if PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=15000 "$python" -m playwright install chromium >>.cache/browser.log 2>&1; then
    if find_one; then exit 0; fi
fi

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "Playwright's browser cannot be had or does not start; trying Debian's package"
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-liberation; } \
        >>.cache/browser.log 2>&1 </dev/null; then
        if find_one; then exit 0; fi
    fi
fi

tail -n 5 .cache/browser.log >&2 || true
say "No Chromium or Chrome could be found or installed (log: .cache/browser.log)."
say "Install one (Debian: apt-get install chromium; macOS: brew install --cask chromium), or name it:"
say "  LEADMETRICS_CHROMIUM=/path/to/chromium make browser"
exit 1
