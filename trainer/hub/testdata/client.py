"""What huggingface_hub's own client does with the hub and the cache of the environment.

Used by hub/python_test.go with huggingface_hub 2.4.0 and filelock 4.3.1:

    client.py snapshot REPO TYPE REVISION FILE...   snapshot_download of these files
    client.py files REPO TYPE REVISION FILE...      hf_hub_download of each
    client.py cached REPO TYPE REVISION FILE...     the same, from the cache alone
    client.py scan                                  what scan_cache_dir finds
    client.py locked PATH                           whether another process has a lock

The answer is JSON: paths, or the name of the error.
"""

import json
import sys

from filelock import FileLock, Timeout
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download


def snapshot(repo, kind, revision, *files):
    return snapshot_download(repo, repo_type=kind, revision=revision, allow_patterns=list(files))


def files(repo, kind, revision, *files):
    return [hf_hub_download(repo, f, repo_type=kind, revision=revision) for f in files]


def cached(repo, kind, revision, *files):
    folder = snapshot_download(repo, repo_type=kind, revision=revision, allow_patterns=list(files), local_files_only=True)
    return [folder] + [hf_hub_download(repo, f, repo_type=kind, revision=revision, local_files_only=True) for f in files]


def scan():
    found = scan_cache_dir()
    return {
        "warnings": [str(w) for w in found.warnings],
        "repositories": {
            r.repo_id: {"size": r.size_on_disk, "files": r.nb_files, "commits": sorted(v.commit_hash for v in r.revisions), "refs": sorted(r.refs)}
            for r in found.repos
        },
    }


def locked(path):
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


action = {"snapshot": snapshot, "files": files, "cached": cached, "scan": scan, "locked": locked}[sys.argv[1]]
try:
    answer = {"answer": action(*sys.argv[2:])}
except Exception as error:
    answer = {"error": type(error).__name__}
print(json.dumps(answer))
