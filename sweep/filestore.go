package sweep

import (
	"context"
	"io"
	"time"
)

// A FileStore keeps the files of Inputs for workers on other machines, each once, by the
// SHA-256 of its content. A store on a server is one. Its methods are safe for concurrent
// use, also by several processes, which may keep the same file at the same time.
type FileStore interface {
	// KeepFile keeps the content that open gives, unless the store has it. The content is
	// passed on as it is read. It fails where the content is not what f says.
	KeepFile(ctx context.Context, f InputFile, open func() (io.ReadCloser, error)) error
	// KeptFiles tells which files the store has, of those with these hashes.
	KeptFiles(ctx context.Context, hashes []string) (map[string]bool, error)
	// FetchFile writes the file of f's hash to a path, whole or not at all, executable where
	// f is. The error is a NotFoundError if the store does not have it, and ErrDamaged if it
	// is not what was kept.
	FetchFile(ctx context.Context, f InputFile, path string) error
	// RemoveFiles removes the files that are not among these hashes, and that nobody kept,
	// or asked to keep, for as long. It returns how many bytes they had.
	RemoveFiles(ctx context.Context, except []string, unused time.Duration) (bytes int64, err error)
}
