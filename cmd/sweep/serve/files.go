package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fileColumns is how finely pages that are files have curves: steps beyond so many are
// thinned out to their lowest and highest.
const fileColumns = 2000

// Write writes the pages as files into a folder, which it makes if need be. They open from
// a disk, and have all that served pages have but for what is worked out when it is asked
// for: conditions, and curves along tokens or time, which the pages say. Two runs are compared
// by losses of 32 bits.
func Write(ctx context.Context, o Options, dir string) (err error) {
	o.EditNote = nil
	s := New(o)
	defer func() { err = errors.Join(err, s.Close()) }()
	items, err := s.sweeps(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, module := range map[string]string{"page.js": "app.js", "index.js": "theme.js"} {
		text, err := bundle(module)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"page.css", "icon.svg"} {
		text, err := assets.ReadFile("assets/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	var taken []string
	for i := range items {
		base := fileName(items[i].Name, taken)
		taken = append(taken, base)
		name, err := url.PathUnescape(strings.TrimPrefix(items[i].Path, "/sweep/"))
		if err == nil {
			err = s.writeSweep(ctx, dir, base, name)
		}
		if err != nil {
			return fmt.Errorf("write the page of sweep %s: %w", items[i].Name, err)
		}
		items[i].Path = base + ".html"
	}
	return s.writePage(dir, "index.html", "index.html.tmpl", indexPage{Modules: ".", Store: o.Store, Sweeps: items, Static: true})
}

// fileName is a name for the files of a sweep, which no other has.
func fileName(name string, taken []string) string {
	base := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(name, "-"), "-.")
	base = "sweep-" + base[:min(len(base), 60)]
	for i, first := 2, base; slices.Contains(taken, base); i++ {
		base = fmt.Sprintf("%s-%d", first, i)
	}
	return base
}

func (s *Server) writePage(dir, file, template string, page any) error {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, template, page); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file), b.Bytes(), 0o644)
}

// writeSweep writes the page of a sweep, and beside it its data.
func (s *Server) writeSweep(ctx context.Context, dir, base, name string) error {
	of := s.watch(name)
	now, err := of.fresh(ctx)
	if err != nil {
		return err
	}
	m, err := of.whole(ctx, boardKey{metric: "loss"}, now, false, nil)
	if err != nil {
		return err
	}
	page := sweepPage{Modules: ".", Store: s.opts.Store, Name: shown(name), Path: base + ".html", Static: true, Data: base + ".js"}
	page.fill(m, now)
	if err := s.writePage(dir, base+".html", "sweep.html.tmpl", page); err != nil {
		return err
	}
	files, err := s.filesOf(ctx, of, now)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("// The data of a page of sweep serve, written %s.\nglobalThis.sweepFiles = %s;\n", time.Now().UTC().Format(time.DateTime), encode(files))
	return os.WriteFile(filepath.Join(dir, base+".js"), []byte(text), 0o644)
}

// filesOf has what a page may ask for, by how it asks, in base64.
func (s *Server) filesOf(ctx context.Context, of *watch, now *snapshot) (map[string]string, error) {
	files := map[string]string{}
	put := func(text []byte, what string, query ...string) {
		query = slices.DeleteFunc(query, func(q string) bool { return strings.HasSuffix(q, "=") })
		slices.Sort(query)
		files[strings.Join(append([]string{what}, query...), "&")] = base64.StdEncoding.EncodeToString(text)
	}
	var axes []string
	for _, axis := range newSweepPart(now).Axes {
		axes = append(axes, axis.Name)
	}
	rows, err := of.whole(ctx, boardKey{metric: "loss"}, now, true, nil)
	if err != nil {
		return nil, err
	}
	put(encode(rows), "rows")
	for _, metric := range metricsOf(now.results) {
		for _, by := range append([]string{""}, axes...) {
			m, err := of.whole(ctx, boardKey{by: by, metric: metric}, now, false, nil)
			if err != nil {
				return nil, err
			}
			put(encode(m), "board", "by="+by, "metric="+metric)
		}
		if err := putMaps(put, now, axes, metric); err != nil {
			return nil, err
		}
	}
	if err := of.curves.update(ctx, s.store, now); err != nil {
		return nil, err
	}
	all, _ := selected(now, "") // which holds for all
	of.curves.mu.RLock()
	quantities := of.curves.quantities()
	of.curves.mu.RUnlock()
	for _, quantity := range append(quantities, trainLoss) {
		ask := curvesRequest{quantity: quantity, span: span{columns: fileColumns}, whole: true}
		for _, by := range append([]string{""}, now.groups()...) {
			ask.by = by
			put(of.curves.answer(ask, now, all), "curves", "by="+by, "quantity="+quantity)
		}
		ask.by, ask.single = "", true
		put(of.curves.answer(ask, now, all), "curves", "quantity="+quantity, "single=1")
	}
	for _, by := range append([]string{""}, now.groups()...) {
		put(encode(groupPlaces(now, by, all)), "groups", "by="+by)
	}
	for i := range now.results {
		text, err := json.Marshal(s.runAnswer(ctx, now, i))
		if err != nil {
			return nil, err
		}
		put(text, "run", "run="+now.results[i].Key)
	}
	return files, nil
}

// groupPlaces has the place of each run, by key, and of its group by an axis.
func groupPlaces(s *snapshot, by string, all []int) map[string][2]int {
	places := map[string][2]int{}
	for g, group := range groupsOf(s, by, all) {
		for _, i := range group.places {
			places[s.results[i].Key] = [2]int{i, g}
		}
	}
	return places
}

// putMaps puts the maps of each two axes.
func putMaps(put func(text []byte, what string, query ...string), now *snapshot, axes []string, metric string) error {
	results, err := compared(now.results, metric)
	if err != nil {
		return nil // the page says so
	}
	for _, x := range axes {
		for _, y := range axes {
			if x == y || x == "seed" || y == "seed" {
				continue
			}
			a, err := heatOf(results, now.axes(), x, y)
			if err != nil {
				return err
			}
			put(encode(a), "heat", "metric="+metric, "x="+x, "y="+y)
		}
	}
	return nil
}
