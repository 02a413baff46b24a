// Package hub fetches repositories from the Hugging Face hub into the cache that
// huggingface_hub keeps, so that Python and this program share it: what one has
// fetched the other uses.
//
//	client, err := hub.FromEnvironment()
//	found, err := client.Find(ctx, name, hub.Model, watch) // looks, and fetches no weights
//	err = found.Fetch(ctx, watch)                          // fetches found.Missing()
//	path, err := client.Path(found.Name)                   // where it lies; asks nobody
//
// The cache is laid out as huggingface_hub 2 has it: models--OWNER--NAME holds blobs,
// which are called by their hashes, snapshots/COMMIT with a symbolic link for each
// file, refs with the commit of each branch, and trees with the files of each commit.
// Locks lie in .locks. The environment is huggingface_hub's, too: HF_HOME,
// HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_ENDPOINT, HF_HUB_OFFLINE,
// HF_HUB_DISABLE_SYMLINKS, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_ETAG_TIMEOUT and
// HF_HUB_DOWNLOAD_TIMEOUT.
//
// Files come over plain HTTP, not by Xet. A file is complete and of the right hash
// before it gets its name: the SHA-256 of a file in LFS, the SHA-1 of a git blob else.
// The package knows nothing about what files hold, beyond which of them a model, an
// adapter or rows need. It never prints, and no error holds the token.
package hub
