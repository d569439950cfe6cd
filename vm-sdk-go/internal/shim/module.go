package shim

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// module is a Go module that packages come from.
type module struct {
	path, version string
	// goVersion is the version of the language, such as 1.24; empty if none is said.
	goVersion string
}

// ownModule is the contract's own Go module.
type ownModule struct {
	module
	// root is its folder.
	root string
	// vendored are the modules of the packages in its vendor folder, by package.
	vendored map[string]*module
}

// readModule reads the Go module in a folder; nil if there is none.
func readModule(root string) (*ownModule, error) {
	if root == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	own := &ownModule{root: root, vendored: map[string]*module{}}
	own.version = "v0.0.0"
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "//")
		switch words := strings.Fields(line); {
		case len(words) == 2 && words[0] == "module":
			own.path = strings.Trim(words[1], "\"`")
		case len(words) == 2 && words[0] == "go":
			own.goVersion = words[1]
		}
	}
	if own.path == "" || own.path == modulePath { // the SDK itself
		return nil, nil
	}
	list, err := os.ReadFile(filepath.Join(root, "vendor", "modules.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return own, nil
	}
	if err != nil {
		return nil, err
	}
	own.readVendored(string(list))
	return own, nil
}

// readVendored reads vendor/modules.txt: after a line for each module, and one with
// remarks on it, come the packages that are there.
func (own *ownModule) readVendored(list string) {
	var current *module
	lines := bufio.NewScanner(strings.NewReader(list))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "## "):
			if _, version, ok := strings.Cut(line, "go "); ok && current != nil {
				current.goVersion, _, _ = strings.Cut(version, ";")
			}
		case strings.HasPrefix(line, "# "):
			words := strings.Fields(line)
			current = nil
			if len(words) >= 3 && words[2] != "=>" { // else it is a remark on a replacement
				current = &module{path: words[1], version: words[2]}
			}
		case line != "" && current != nil:
			own.vendored[strings.TrimSpace(line)] = current
		}
	}
}

// find returns the module and the folder of a package, nil if it is neither of the
// contract's module nor in its vendor folder.
func (own *ownModule) find(importPath string) (of *module, dir string) {
	if own == nil || path.Clean(importPath) != importPath || strings.HasPrefix(importPath, ".") {
		return nil, ""
	}
	if rest, ok := below(importPath, own.path); ok {
		dir := filepath.Join(own.root, filepath.FromSlash(rest))
		if own.inAnother(dir) {
			return nil, ""
		}
		return &own.module, dir
	}
	if of := own.vendored[importPath]; of != nil && !sdkPath(importPath) {
		return of, filepath.Join(own.root, "vendor", filepath.FromSlash(importPath))
	}
	return nil, ""
}

// inAnother reports whether a folder below the module's is in a module of its own.
func (own *ownModule) inAnother(dir string) bool {
	for ; len(dir) > len(own.root); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return true
		}
	}
	return false
}

// below returns what follows root in a path that is root or below it.
func below(path, root string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, root)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}
