#!/bin/sh
# Gets what the browser tests of report.html need: axe-core from npm, and a Chromium from the system's packages.
# Where the system forbids it, this says so and goes on; the tests then skip with the same reason, and fail in CI.
cd "$(dirname "$0")" || exit 1

if command -v npm >/dev/null 2>&1; then
    npm ci --no-audit --no-fund --silent || echo "NOTE: npm could not install axe-core; the accessibility scan will not run." >&2
else
    echo "NOTE: there is no npm; the accessibility scan of report.html will not run." >&2
fi

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } ||
        echo "NOTE: apt-get could not install chromium; the browser tests will not run." >&2
else
    echo "NOTE: there is no Chromium and no right to install one; the browser tests will not run." >&2
fi
exit 0
