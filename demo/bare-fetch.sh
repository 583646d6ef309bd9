#!/bin/sh
# What FetchBundle does, by hand: from where the bundle lies to the host's own disk, and is it what it should be?
set -e
cp -r /opt/bare/source /opt/bare/store
cd /opt/bare/store
sha256sum --quiet --check SHA256SUMS
