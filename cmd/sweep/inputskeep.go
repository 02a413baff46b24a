package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/store/postgres/fleet"
	"sweep/sweep"
	"sweep/sweep/regular"
)

// sendFlag says how much of what runs read goes through the store.
type sendFlag struct {
	SendUpTo byteSize `placeholder:"SIZE" help:"Keep the files of a model, of rows, of an adapter or of a command in the store, for workers that lack them, where they have so much together or less (default: 256MB); with --detach."`
}

// sendByDefault is as much as goes through the store, unless --send-up-to says otherwise, and
// carriedFolder how much the folder of a command's run may have that goes along with its
// checkpoint; in bytes.
const (
	sendByDefault = 256e6
	carriedFolder = 128e6
)

// limit is the flag, or its default.
func (f sendFlag) limit() int64 { return cmp.Or(int64(f.SendUpTo), sendByDefault) }

// keepInputs keeps the files that runs need in a store, of the inputs that are small enough,
// and says which are not kept and where workers look for them then. A store in a file keeps
// none.
func (f sendFlag) keepInputs(ctx context.Context, w io.Writer, store sweep.Store, batches []fleet.Batch) error {
	st, ok := store.(sweep.FileStore)
	if !ok {
		return nil
	}
	var inputs []sweep.Input
	for _, b := range batches {
		inputs = append(inputs, b.Needs.Inputs...)
	}
	seen := map[string]bool{}
	for _, in := range inputs {
		if len(in.Files) == 0 || seen[in.ID()] {
			continue
		}
		seen[in.ID()] = true
		if in.Absolute || in.Size() > f.limit() {
			fmt.Fprintln(w, wrap(f.notKept(in), pageWidth(w), "  "))
			continue
		}
		if err := keepInput(ctx, w, st, in); err != nil {
			return err
		}
	}
	return nil
}

// unneededFor is how long a file stays that no queue needs: another process may have kept it
// and be about to queue runs.
const unneededFor = time.Hour

// removeUnneeded removes the files from a store that no queue needs.
func removeUnneeded(ctx context.Context, fl *fleet.Fleet, store sweep.Store) error {
	st, ok := store.(sweep.FileStore)
	if !ok {
		return nil
	}
	needed, err := fl.Files(ctx)
	if err == nil {
		_, err = st.RemoveFiles(ctx, needed, unneededFor)
	}
	if err != nil {
		return stopped(ctx, err)
	}
	return nil
}

// notKept says that the store does not have an input.
func (f sendFlag) notKept(in sweep.Input) string {
	text := fmt.Sprintf("%s, %s, is not kept in the store: ", inputName(in), sweep.FormatBytes(in.Size()))
	switch {
	case in.Absolute:
		return text + "some of its files have absolute paths, and workers need them there"
	case in.Parameter == sweep.InputOfCommand:
		text += "workers look for it in that folder and in their --cache"
	default:
		text += "workers look for it at that path and in their --cache"
	}
	return text + fmt.Sprintf("; --send-up-to %s keeps it", sweep.FormatBytes(in.Size()))
}

// inputName is what people call an input.
func inputName(in sweep.Input) string {
	if in.Parameter == sweep.InputOfCommand {
		return "the command's " + humanize.Count(len(in.Files), "file")
	}
	return in.Parameter + " " + in.Name
}

// keepInput keeps the files of one input.
func keepInput(ctx context.Context, w io.Writer, st sweep.FileStore, in sweep.Input) error {
	hashes := make([]string, len(in.Files))
	for i, f := range in.Files {
		hashes[i] = f.SHA256
	}
	kept, err := st.KeptFiles(ctx, hashes)
	if err != nil {
		return stopped(ctx, err)
	}
	var missing int64
	for _, f := range in.Files {
		if !kept[f.SHA256] {
			missing += f.Size
		}
	}
	if missing > 0 {
		fmt.Fprintln(w, wrap(fmt.Sprintf("keeping %s in the store, %s", inputName(in), sweep.FormatBytes(missing)), pageWidth(w), "  "))
	}
	for _, f := range in.Files {
		err := st.KeepFile(ctx, f, func() (io.ReadCloser, error) {
			var file *os.File
			file, err := regular.Open(f.Path)
			return file, err
		})
		if err != nil {
			return stopped(ctx, err)
		}
	}
	return nil
}
