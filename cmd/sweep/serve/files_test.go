package serve_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/cmd/sweep/serve"
	"sweep/sweep"
)

func TestPagesAreWrittenAsFiles(t *testing.T) {
	t.Parallel()
	s := newSynthetic(t, filepath.Join(t.TempDir(), "sweep.db"), little)
	s.train(s.runs...)
	other := sweep.SavedSweep{Name: "little/../../other one", Question: "Does alpha matter?", TOML: little, Saved: time.Now()}
	if err := s.store.SaveSweep(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pages")
	if err := serve.Write(t.Context(), options(s.path), dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for file, want := range map[string]string{
		"index.html":                        `href="sweep-little.html"`,
		"sweep-little.html":                 "Use alpha ",
		"sweep-little.js":                   `"curves\u0026by=alpha\u0026quantity=loss":`,
		"sweep-little-..-..-other-one.html": "Does alpha matter?",
		"page.js":                           `modules["app.js"]`,
		"page.css":                          "body",
	} {
		if !strings.Contains(read(file), want) {
			t.Errorf("%s lacks %s", file, want)
		}
	}
	for _, no := range []string{"http:", "https:", "import ", "export "} {
		for line := range strings.Lines(read("page.js") + read("sweep-little.html")) {
			if strings.HasPrefix(strings.TrimSpace(line), no) || strings.Contains(line, `"`+no) {
				t.Errorf("a file has %s: %s", no, line)
			}
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Log("without node, the scripts are not looked at")
		return
	}
	for _, file := range []string{"page.js", "index.js", "sweep-little.js"} {
		if out, err := exec.Command(node, "--check", filepath.Join(dir, file)).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", file, out)
		}
	}
}

// TestScriptsHaveTheTypesThatTheySay has TypeScript check the modules by their JSDoc.
func TestScriptsHaveTheTypesThatTheySay(t *testing.T) {
	tsc, err := exec.LookPath("tsc")
	if err != nil {
		t.Skip("skipped: no tsc on the PATH (npm install -g typescript)")
	}
	modules, err := filepath.Glob("assets/*.js")
	if err != nil || len(modules) < 10 {
		t.Fatalf("the modules are %v, %v", modules, err)
	}
	flags := []string{"--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable", "--types", ""}
	if out, err := exec.Command(tsc, append(flags, modules...)...).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
