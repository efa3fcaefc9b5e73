#!/bin/sh
# Link the models of the image into the cache, which may be an empty volume, and run the command.
set -eu
for model in /opt/footnote/models/*/; do
    model=${model%/}
    name=$(basename "$model")
    [ -e "$RAG_MODEL_CACHE/$name" ] || ln -s "$model" "$RAG_MODEL_CACHE/$name"
done
exec "$@"
