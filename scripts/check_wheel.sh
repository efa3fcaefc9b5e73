#!/usr/bin/env bash
# Install the wheel with all that it depends on into a bare environment, then use it without network.
#     scripts/check_wheel.sh            takes some minutes, and 2 GB in the folder of temporary files
# The models are those that are in the cache folder: make setup puts them there.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
constraints=$PWD/constraints.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From a copy: what earlier builds have left behind would come along.
mkdir "$work/source"
cp -R rag pyproject.toml README.md LICENSE "$work/source"
"$python" -m pip wheel --quiet --no-deps --wheel-dir "$work" "$work/source"
"$python" -m venv "$work/bare"
"$work/bare/bin/pip" install --quiet --constraint "$constraints" "$work"/footnote_rag-*.whl

mkdir "$work/elsewhere"
cd "$work/elsewhere"
printf 'The ferry of Kallby\n\nThe ferry of Kallby sank on 3 May 1987 with 41 people aboard.\n' >ferry.txt
# A namespace without network where the system allows it; else proxies that are not there.
offline=(env http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9)
if unshare --user --map-root-user --net true 2>/dev/null; then offline=(unshare --user --map-root-user --net); fi
unset PYTHONPATH
"${offline[@]}" "$work/bare/bin/rag" --version
"${offline[@]}" "$work/bare/bin/rag" ingest ferry.txt
"${offline[@]}" "$work/bare/bin/rag" ask "When did the ferry of Kallby sink?" | tee answer
grep -q "sank on 3 May 1987" answer
echo "the wheel works"
