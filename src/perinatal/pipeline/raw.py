"""The delivered bytes as they came, under their checksum; never touched again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from perinatal.catalog import Source
from perinatal.settings import Settings
from perinatal.store import Delivery


def keep_raw(file: Path, source: Source, settings: Settings) -> Delivery:
    """Keep the file in ``raw/<source>/<delivery>/``, whole or not at all, unless it is there."""
    with file.open("rb") as content:  # in pieces: a file over the limit must not fill the memory
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    delivery_id = f"{source.id}-{digest[:12]}"
    folder = settings.raw_dir / source.id / delivery_id
    if not folder.is_dir():
        working = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(working, ignore_errors=True)
        working.mkdir(parents=True)
        shutil.copyfile(file, working / file.name)
        manifest = {
            "delivery": delivery_id,
            "source": source.id,
            "file": file.name,
            "sha256": digest,
            "bytes": file.stat().st_size,
            "received_at": settings.clock().isoformat(),
        }
        (working / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        working.rename(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Delivery(
        delivery_id, source.id, manifest["file"], digest, manifest["bytes"],
        f"raw/{source.id}/{delivery_id}/{manifest['file']}", settings.clock(),
    )  # fmt: skip
