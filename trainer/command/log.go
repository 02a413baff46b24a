package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"sweep/sweep"
)

// The last lines of a log are looked for in so many bytes at its end. A longer line is
// shown by its beginning.
const (
	tailBytes = 64 << 10
	tailLines = 20
	lineBytes = 500
)

// tailOf returns at most n lines at the end of a log, for people.
func tailOf(path string, n int) (lines []string) {
	for _, line := range lastLines(path, n) {
		if len(line) > lineBytes {
			line = line[:lineBytes] + "..."
		}
		lines = append(lines, sweep.Visible(line))
	}
	return lines
}

// lastLines returns at most n lines at the end of a file, none if it cannot be read. Of
// text that was written over itself by carriage returns, as progress bars are, only the
// last counts.
func lastLines(path string, n int) (lines []string) {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // it was read
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	from := max(0, size-tailBytes)
	text, err := io.ReadAll(io.NewSectionReader(file, from, size-from))
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		line = bytes.TrimRight(line[bytes.LastIndexByte(line, '\r')+1:], " \t")
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines[max(0, len(lines)-n):]
}

// tidy cuts the logs of a run that has ended, and a log that grew too long.
func (a *attempt) tidy(failure error) error {
	if _, long := errors.AsType[*longLogError](failure); long {
		return a.cut(a.number)
	}
	if failure != nil {
		return nil // another attempt may read it
	}
	for _, n := range append(a.past.attempts, a.number) {
		if err := a.cut(n); err != nil {
			return err
		}
	}
	return nil
}

// cut cuts a long log to its beginning and its end, with a line between them that says
// what is missing.
func (a *attempt) cut(attempt int) error {
	path, l := a.folder.log(attempt), a.trainer.limits
	info, err := os.Stat(path)
	if err != nil || info.Size() <= l.keepAll {
		return nil
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("cut the log: %w", err)
	}
	tail := make([]byte, l.tail)
	_, err = file.ReadAt(tail, info.Size()-l.tail)
	if err == nil {
		missing := fmt.Sprintf("\n[%s left out here: the log had %s]\n", sweep.FormatBytes(info.Size()-l.head-l.tail), sweep.FormatBytes(info.Size()))
		_, err = file.WriteAt(append([]byte(missing), tail...), l.head)
		err = errors.Join(err, file.Truncate(l.head+int64(len(missing))+l.tail))
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("cut the log: %w", err)
	}
	return nil
}
