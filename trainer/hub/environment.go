package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sweep/sweep/regular"
)

// Client fetches from one hub into one cache. It is safe for concurrent use.
type Client struct {
	endpoint *url.URL
	cache    string // the folder
	token    string // "" sends none
	offline  string // the variable that keeps it from the network, "" if none does
	copies   bool   // files are copied where links would do

	http   *http.Client
	answer time.Duration // that a response may take to begin
	stall  time.Duration // that a response may take to go on

	wait  func(context.Context, time.Duration) error // between attempts
	link  func(oldname, newname string) error        // makes symbolic links
	free  func(dir string) (uint64, error)           // bytes
	write func(*os.File, []byte) (int, error)
}

const (
	publicHub  = "https://huggingface.co"
	maxToken   = 1 << 16 // bytes of a file with a token
	timeout    = 10 * time.Second
	tokensPage = "https://huggingface.co/settings/tokens"
)

// FromEnvironment returns the client that the environment describes, as it does for
// huggingface_hub. An error names the variable.
func FromEnvironment() (*Client, error) {
	endpoint := strings.TrimRight(cmp.Or(os.Getenv("HF_ENDPOINT"), publicHub), "/")
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("HF_ENDPOINT: it is to be the address of a hub, such as %s", publicHub)
	}
	home, err := homeOfHub()
	if err != nil {
		return nil, err
	}
	c := &Client{
		endpoint: at, offline: firstTrue("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"),
		copies: firstTrue("HF_HUB_DISABLE_SYMLINKS") != "",
		wait:   pause, link: os.Symlink, free: freeSpace, write: (*os.File).Write,
	}
	if c.cache, err = folderIn("HF_HUB_CACHE", cmp.Or(os.Getenv("HUGGINGFACE_HUB_CACHE"), filepath.Join(home, "hub"))); err != nil {
		return nil, err
	}
	if c.answer, err = seconds("HF_HUB_ETAG_TIMEOUT"); err != nil {
		return nil, err
	}
	if c.stall, err = seconds("HF_HUB_DOWNLOAD_TIMEOUT"); err != nil {
		return nil, err
	}
	c.http = c.newHTTP()
	c.token, err = readToken(home)
	return c, err
}

// homeOfHub is HF_HOME.
func homeOfHub() (string, error) {
	if os.Getenv("HF_HOME") != "" {
		return folderIn("HF_HOME", "")
	}
	above := os.Getenv("XDG_CACHE_HOME")
	if above == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("locate the cache of the Hugging Face hub: %w; set HF_HOME", err)
		}
		above = filepath.Join(home, ".cache")
	}
	return filepath.Join(above, "huggingface"), nil
}

// folderIn is the folder that a variable names, or else another.
func folderIn(variable, or string) (string, error) {
	dir := os.ExpandEnv(cmp.Or(os.Getenv(variable), or))
	if rest, ok := strings.CutPrefix(dir, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("%s: %w", variable, err)
		}
		dir = home + rest
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", variable, err)
	}
	return absolute, nil
}

// firstTrue is the first of the variables that is set, if it is true; else "".
func firstTrue(variables ...string) string {
	for _, v := range variables {
		if text := os.Getenv(v); text != "" {
			if slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(text)) {
				return v
			}
			return ""
		}
	}
	return ""
}

// seconds is the time that a variable allows, 10 s if it is not set.
func seconds(variable string) (time.Duration, error) {
	text := os.Getenv(variable)
	if text == "" {
		return timeout, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1e6 {
		return 0, fmt.Errorf("%s: it is to be a whole number of seconds above 0", variable)
	}
	return time.Duration(n) * time.Second, nil
}

// readToken is the token of the environment, or of the file that 'hf auth login'
// writes; "" if there is none.
func readToken(home string) (string, error) {
	if firstTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") != "" {
		return "", nil
	}
	if token := cleanToken(cmp.Or(os.Getenv("HF_TOKEN"), os.Getenv("HUGGING_FACE_HUB_TOKEN"))); token != "" {
		return token, nil
	}
	file, err := folderIn("HF_TOKEN_PATH", filepath.Join(home, "token"))
	if err != nil {
		return "", err
	}
	text, err := regular.Read(file, maxToken)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the token of the Hugging Face hub: %w", err)
	}
	return cleanToken(string(text)), nil
}

func cleanToken(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(text))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
