package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sweep/store/record"
	"sweep/sweep"
	"sweep/sweep/atomicfile"
)

// filePart is how many bytes of a file one row holds: few enough that a slow connection
// takes them within the time that a transaction may be idle.
const filePart = 4 << 20

const (
	// beginFile takes note that somebody keeps a file, and has others wait who do, too.
	beginFile = `
		INSERT INTO file (hash, size) VALUES ($1, $2)
		ON CONFLICT (hash) DO UPDATE SET used = now() RETURNING whole`

	// putPart puts a part in the place of one that another process may have left, of a file
	// that changed while it was read.
	putPart = `
		INSERT INTO file_part (hash, part, checksum, bytes) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hash, part) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes
		WHERE file_part.checksum <> excluded.checksum`

	dropParts = `DELETE FROM file_part WHERE hash = $1 AND part >= $2`

	sumsOfFile = `SELECT checksum FROM file_part WHERE hash = $1 ORDER BY part`

	endFile = `UPDATE file SET whole = true, used = now() WHERE hash = $1`

	keptFiles = `SELECT hash FROM file WHERE whole AND hash = ANY ($1)`

	readPart = `SELECT checksum, bytes FROM file_part WHERE hash = $1 AND part = $2`

	// removeFiles leaves a file that somebody is about to keep, whose row is then newer.
	removeFiles = `
		WITH gone AS (
			DELETE FROM file WHERE NOT hash = ANY ($1) AND used <= clock_timestamp() - make_interval(secs => $2) RETURNING size)
		SELECT coalesce(sum(size), 0)::bigint FROM gone`
)

var _ sweep.FileStore = (*Store)(nil)

// KeepFile keeps the content that open gives, unless the store has it.
func (s *Store) KeepFile(ctx context.Context, f sweep.InputFile, open func() (io.ReadCloser, error)) (err error) {
	op := "keep the file " + f.Name
	whole, err := s.putFile(ctx, op, f, func(pgx.Tx) error { return nil })
	if err != nil || whole {
		return err
	}
	content, err := open()
	if err != nil {
		return s.failed(op, err)
	}
	defer func() { _ = content.Close() }() // it was read
	return s.keepFile(ctx, op, f, content)
}

// keepFile keeps a file part by part, as it is read.
func (s *Store) keepFile(ctx context.Context, op string, f sweep.InputFile, content io.Reader) error {
	var had, sums []int64
	err := s.read(ctx, op, func(db querier) (err error) {
		had, err = partSums(ctx, db, f.SHA256)
		return err
	})
	if err != nil {
		return err
	}
	h := sha256.New()
	var size int64
	buffer := make([]byte, filePart)
	for {
		n, err := io.ReadFull(content, buffer)
		if bytes := buffer[:n]; n > 0 {
			h.Write(bytes)
			size += int64(n)
			part, sum := len(sums), record.Checksum(bytes)
			sums = append(sums, sum)
			if part >= len(had) || had[part] != sum {
				if whole, err := s.putPart(ctx, op, f, part, sum, bytes); err != nil || whole {
					return err
				}
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return s.failed(op, err)
		}
	}
	if size != f.Size || hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return s.failed(op, errors.New("it has changed since its hash was taken; run the same command again"))
	}
	return s.endFile(ctx, op, f, sums)
}

// putPart keeps a part of a file that is not whole, and reports whether it is.
func (s *Store) putPart(ctx context.Context, op string, f sweep.InputFile, part int, sum int64, bytes []byte) (whole bool, err error) {
	return s.putFile(ctx, op, f, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, putPart, f.SHA256, part, sum, bytes)
		return err
	})
}

// endFile makes a file count, all of whose parts were put.
func (s *Store) endFile(ctx context.Context, op string, f sweep.InputFile, sums []int64) error {
	_, err := s.putFile(ctx, op, f, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, dropParts, f.SHA256, len(sums)); err != nil {
			return err
		}
		there, err := partSums(ctx, tx, f.SHA256)
		if err != nil {
			return err
		}
		if !slices.Equal(there, sums) {
			return errors.New("another process kept something else by its hash, as the file changed there; run the same command again")
		}
		_, err = tx.Exec(ctx, endFile, f.SHA256)
		return err
	})
	return err
}

// partSums are the checksums of a file's parts.
func partSums(ctx context.Context, db querier, hash string) ([]int64, error) {
	return all(ctx, db, func(row record.Scanner) (sum int64, err error) { return sum, row.Scan(&sum) }, sumsOfFile, hash)
}

// putFile changes a file that is not whole, and reports whether it is.
func (s *Store) putFile(ctx context.Context, op string, f sweep.InputFile, change func(pgx.Tx) error) (whole bool, err error) {
	err = s.write(ctx, op, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, beginFile, f.SHA256, f.Size).Scan(&whole); err != nil || whole {
			return err
		}
		return change(tx)
	})
	return whole, err
}

// KeptFiles tells which files the store has.
func (s *Store) KeptFiles(ctx context.Context, hashes []string) (kept map[string]bool, err error) {
	err = s.read(ctx, "look up files", func(db querier) error {
		there, err := texts(ctx, db, keptFiles, hashes)
		kept = make(map[string]bool, len(there))
		for _, hash := range there {
			kept[hash] = true
		}
		return err
	})
	return kept, err
}

// FetchFile writes a file to a path, part by part.
func (s *Store) FetchFile(ctx context.Context, f sweep.InputFile, path string) error {
	op := "fetch the file " + f.Name
	kept, err := s.KeptFiles(ctx, []string{f.SHA256})
	if err != nil {
		return err
	}
	if !kept[f.SHA256] {
		return s.failed(op, &sweep.NotFoundError{Kind: "file", Name: f.Name})
	}
	mode := os.FileMode(0o644)
	if f.Executable {
		mode = 0o755
	}
	return s.failed(op, atomicfile.WriteMode(ctx, path, mode, func(w io.Writer) error { return s.writeFile(ctx, f, w) }))
}

// writeFile writes the content of a file.
func (s *Store) writeFile(ctx context.Context, f sweep.InputFile, w io.Writer) error {
	h := sha256.New()
	size := int64(0)
	for part := 0; size < f.Size; part++ {
		bytes, err := s.filePart(ctx, f.SHA256, part)
		if err != nil {
			return err
		}
		h.Write(bytes)
		size += int64(len(bytes))
		if _, err := w.Write(bytes); err != nil {
			return err
		}
	}
	if size != f.Size || hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return sweep.ErrDamaged
	}
	return nil
}

// filePart reads a part of a file.
func (s *Store) filePart(ctx context.Context, hash string, part int) (bytes []byte, err error) {
	err = s.wait(ctx, func() error {
		var checksum int64
		err := s.pool.QueryRow(ctx, readPart, hash, part).Scan(&checksum, &bytes)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && record.Checksum(bytes) != checksum {
			err = sweep.ErrDamaged
		}
		return err
	})
	return bytes, err
}

// RemoveFiles removes the files that nobody needs.
func (s *Store) RemoveFiles(ctx context.Context, except []string, unused time.Duration) (bytes int64, err error) {
	if except == nil {
		except = []string{}
	}
	err = s.write(ctx, "remove files that nobody needs", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, removeFiles, except, unused.Seconds()).Scan(&bytes)
	})
	return bytes, err
}

// checkFile compares a file with its hash. There may be none any more.
func checkFile(ctx context.Context, db querier, hash string) error {
	var there bool
	if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM file WHERE hash = $1)`, hash).Scan(&there); err != nil || !there {
		return err
	}
	h := sha256.New()
	rows, err := db.Query(ctx, `SELECT bytes FROM file_part WHERE hash = $1 ORDER BY part`, hash)
	if err != nil {
		return err
	}
	var part pgtype.DriverBytes
	_, err = pgx.ForEachRow(rows, []any{&part}, func() error {
		h.Write(part)
		return nil
	})
	if err == nil && hex.EncodeToString(h.Sum(nil)) != hash {
		err = sweep.ErrDamaged
	}
	return err
}
