package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// listing is a table: the names of its columns, and its rows. A NaN stands for
// a figure that is not there.
type listing struct {
	columns []string
	rows    [][]any
}

// write writes the listing as a table for people, a JSON list of objects, or
// CSV.
func (l listing) write(w io.Writer, format string) error {
	switch format {
	case "json":
		return l.writeJSON(w)
	case "csv":
		return l.writeCSV(w)
	default:
		return l.writeTable(w)
	}
}

// writeTable rounds figures and cuts keys short.
func (l listing) writeTable(w io.Writer) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tabs, strings.Join(l.columns, "\t"))
	for _, row := range l.rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = readable(v)
			if l.columns[i] == "key" {
				cells[i] = cells[i][:12]
			}
		}
		fmt.Fprintln(tabs, strings.Join(cells, "\t"))
	}
	return tabs.Flush()
}

func readable(v any) string {
	x, ok := v.(float64)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case math.IsNaN(x):
		return "-"
	case math.Abs(x) >= 1000 && !math.IsInf(x, 0):
		return thousands(x)
	default:
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
}

// writeCSV writes figures in full, and nothing for a NaN.
func (l listing) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	records := [][]string{l.columns}
	for _, row := range l.rows {
		record := make([]string, len(row))
		for i, v := range row {
			if x, ok := v.(float64); !ok || !math.IsNaN(x) {
				record[i] = fmt.Sprint(v)
			}
		}
		records = append(records, record)
	}
	return out.WriteAll(records)
}

// writeJSON writes null for what JSON has no number for.
func (l listing) writeJSON(w io.Writer) error {
	objects := make([]map[string]any, len(l.rows))
	for i, row := range l.rows {
		objects[i] = map[string]any{}
		for j, v := range row {
			if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
				v = nil
			}
			objects[i][l.columns[j]] = v
		}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(objects)
}
