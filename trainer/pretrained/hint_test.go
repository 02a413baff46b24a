package pretrained

import (
	"path/filepath"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func TestANameOnTheHubSaysHowToDownloadIt(t *testing.T) {
	const hint = "hf download HuggingFaceTB/SmolLM2-135M --local-dir SmolLM2-135M"
	_, err := Open(filepath.Join(t.TempDir(), "HuggingFaceTB", "SmolLM2-135M"))
	filetest.Refused(t, err, hint)
	if _, err = Open(filepath.Join(t.TempDir(), "SmolLM2-135M")); strings.Contains(err.Error(), "hf download") {
		t.Errorf("error is %v", err)
	}
}
