package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// parse reads an address: /api/models/OWNER/NAME/revision/REVISION, .../tree/REVISION,
// or /OWNER/NAME/resolve/REVISION/PATH, with datasets/ before the owner of rows.
func parse(at *url.URL) (ask question, ok bool) {
	parts := strings.Split(strings.TrimPrefix(at.EscapedPath(), "/"), "/")
	for i := range parts {
		parts[i], _ = url.PathUnescape(parts[i]) // which the server has read before
	}
	kind := ""
	if parts[0] == "api" {
		parts = parts[1:]
	}
	switch parts[0] {
	case "models":
		parts = parts[1:]
	case "datasets":
		kind, parts = "datasets/", parts[1:]
	}
	if len(parts) < 4 {
		return question{}, false
	}
	return question{kind + parts[0] + "/" + parts[1], parts[2], parts[3], strings.Join(parts[4:], "/")}, true
}

// serve answers with a file, or the part of it that is asked for.
func serve(w http.ResponseWriter, r *http.Request, content []byte) {
	http.ServeContent(w, r, "file", time.Time{}, bytes.NewReader(content))
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // to a client that may have gone
}

// gitBlob is the name that git gives to a file.
func gitBlob(content []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...))
	return hex.EncodeToString(sum[:])
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
