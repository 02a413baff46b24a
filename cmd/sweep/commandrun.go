package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
)

// sayCommands prints how the commands of a plan are called, by a run of each.
func sayCommands(w io.Writer, t fineTuner, runs []sweep.Run) error {
	said := map[string]bool{}
	for _, run := range runs {
		if !run.ByCommand() || said[strings.Join(run.Params.Command.Run, "\x00")] {
			continue
		}
		said[strings.Join(run.Params.Command.Run, "\x00")] = true
		words, dir, err := t.commandLine(run)
		if err != nil {
			return err
		}
		fmt.Fprintln(w, wrap(fmt.Sprintf("command: %s, for %s, in %s", commandLine(words...), run.Name, dir), 79, "  "))
	}
	return nil
}

// describeCommand writes how a run was trained by its command: what was called, where its
// folder is, what the program said of where it ran, and its attempts.
func describeCommand(w io.Writer, db storeName, r sweep.Result) error {
	if r.Params.Command == nil {
		return nil
	}
	t := newFineTunerIn(runFolders(db), 0)
	kept, err := t.kept(r.Key)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\ncommand")
	say := func(name, text string) {
		fmt.Fprintln(w, wrap(fmt.Sprintf("  %-12s %s", name, text), 79, "               "))
	}
	if n := len(kept.Attempts); n > 0 {
		say("run as", commandLine(kept.Attempts[n-1].Command...))
	} else {
		say("run", commandLine(r.Params.Command.Run...))
	}
	say("in", r.Params.Command.Dir)
	if bytes, ok := folderSize(kept.Dir); ok {
		say("its folder", fmt.Sprintf("%s, %s", kept.Dir, sweep.FormatBytes(bytes)))
	} else {
		say("its folder", kept.Dir+", which is not there")
	}
	for _, a := range kept.Attempts {
		say(fmt.Sprintf("attempt %d", a.Number), fmt.Sprintf("%s, %s; log %s", a.Began.Format(time.RFC3339), howEnded(a.Exit, a.Ended.Sub(a.Began)), a.Log))
	}
	if r.Environment != "" {
		fmt.Fprintln(w, "\nwhat it says of where it ran")
		for line := range strings.Lines(r.Environment) {
			fmt.Fprintln(w, wrap("  "+strings.TrimSpace(line), 79, "    "))
		}
	}
	return nil
}

// folderSize sums up the files of a folder, and reports whether it is there. What cannot be
// read counts nothing.
func folderSize(dir string) (bytes int64, ok bool) {
	if _, err := os.Stat(dir); err != nil {
		return 0, false
	}
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes, true
}

func howEnded(exit string, took time.Duration) string {
	if exit == "" {
		return "whose end nobody took note of"
	}
	return fmt.Sprintf("%s after %s", exit, humanize.Duration(max(took.Seconds(), 1)))
}

// tailsShown is of how many runs that failed the end of the log is shown, and tailLines how
// many lines of it.
const (
	tailsShown = 3
	tailLines  = 12
)

// sayTail prints the last lines of what a program printed.
func sayTail(w io.Writer, tail string) {
	lines := slices.DeleteFunc(strings.Split(tail, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	for _, line := range lines[max(0, len(lines)-tailLines):] {
		fmt.Fprintln(w, "  | "+sweep.Visible(line))
	}
}

// logShown is how much of the end of a log is shown, in bytes.
const logShown = 64 << 10

// showLog prints the end of what the command of a run printed.
func (c *showCommand) showLog(out streams, r foundRun) error {
	if r.Params.Command == nil {
		return fmt.Errorf("run %s has no log: no command trained it", r.Name)
	}
	kept, err := newFineTunerIn(runFolders(c.DB), 0).kept(r.Key)
	if err != nil {
		return err
	}
	if len(kept.Attempts) == 0 {
		return fmt.Errorf("run %s has no log: its command was not started by this store, or %s was removed", r.Name, kept.Dir)
	}
	path := kept.Attempts[len(kept.Attempts)-1].Log
	text, cutOff, err := endOf(path, logShown)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	where := path
	if cutOff {
		where += ", of which this is the end"
	}
	fmt.Fprintln(out.stderr, where)
	fmt.Fprint(out.stdout, text)
	if !strings.HasSuffix(text, "\n") {
		fmt.Fprintln(out.stdout)
	}
	return nil
}

// endOf returns the last lines of a file, in so many bytes at the most, and whether there
// are others before them.
func endOf(path string, most int64) (text string, cutOff bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = f.Close() }() // it was only read
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", false, err
	}
	from := max(0, size-most)
	all, err := io.ReadAll(io.NewSectionReader(f, from, size-from))
	text = string(all)
	if from > 0 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text, from > 0, err
}

// refuseCommands is the error for a run that is to be used by what it learnt: a command
// keeps that itself.
func refuseCommands(db storeName, r sweep.Result) error {
	if r.Params.Command == nil {
		return nil
	}
	kept, err := newFineTunerIn(runFolders(db), 0).kept(r.Key)
	return errors.Join(err, fmt.Errorf("%s trained run %s and kept what it learnt: look in %s, or where its arguments say",
		cmp.Or(sweep.ProgramOf(r.Params.Command), "a command"), r.Name, kept.Dir))
}

// discardFolders removes the folders of runs that commands trained.
func discardFolders(t fineTuner, keys []string) error {
	var errs []error
	for _, key := range keys {
		errs = append(errs, t.discard(key))
	}
	return errors.Join(errs...)
}
