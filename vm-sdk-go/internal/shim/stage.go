package shim

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// stage lays the packages that the contract needs out for the go command. Those of
// the contract's module, the contract too, and those of its vendor folder become
// vendored packages of the SDK's module, in which everything is built. A contract
// that is one package stays where it is, so that its bytes do not depend on the
// module that it is in.
func (g *generation) stage(packages []*dependency) error {
	if len(packages) == 1 {
		return nil
	}
	contract := packages[0]
	if err := g.nameContract(contract); err != nil {
		return err
	}
	modules := map[*module][]string{}
	for _, p := range packages {
		target := g.staged(p.path)
		if err := copyFiles(p, target); err != nil {
			return err
		}
		g.shownDirs[target] = g.shownDirs[p.dir]
		if !sdkPath(p.path) {
			modules[p.module] = append(modules[p.module], p.path)
		}
	}
	return g.writeModules(modules)
}

// nameContract gives the contract the import path that it has in its own module.
func (g *generation) nameContract(contract *dependency) error {
	importPath := g.modulePath()
	if importPath == "" {
		return fmt.Errorf("the contract's folder %s is not in its module %s", g.Source, g.own.root)
	}
	if isInternal(importPath) {
		return Problems{{Severity: SeverityError, Check: checkContract,
			Text: "package " + importPath + " is internal, and what dispatches calls to it is outside", Why: "move it out of the folder named internal"}}
	}
	g.allowances[importPath] = g.allowances[contract.path]
	contract.path, contract.module, contract.dir = importPath, &g.own.module, filepath.Join(g.Root, g.Dir)
	return nil
}

// modulePath returns the import path of the contract in its own module; empty if it is
// in none.
func (g *generation) modulePath() string {
	if g.own == nil {
		return ""
	}
	relative, err := filepath.Rel(g.own.root, g.Source)
	if err != nil || relative != "." && !filepath.IsLocal(relative) {
		return ""
	}
	return path.Join(g.own.path, filepath.ToSlash(relative))
}

// isInternal reports whether a package can be imported from below the folder that
// holds one named internal only.
func isInternal(importPath string) bool {
	return slices.Contains(strings.Split(importPath, "/"), "internal")
}

// staged returns the folder of a package in the SDK's module.
func (g *generation) staged(importPath string) string {
	if rest, ok := below(importPath, modulePath); ok {
		return filepath.Join(g.Root, filepath.FromSlash(rest))
	}
	return filepath.Join(g.Root, "vendor", filepath.FromSlash(importPath))
}

func copyFiles(p *dependency, target string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, name := range p.names {
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(target, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeModules tells the go command of the modules that packages come from.
func (g *generation) writeModules(packages map[*module][]string) error {
	var modules []*module
	for of := range packages {
		modules = append(modules, of)
	}
	if len(modules) == 0 {
		return nil // all are below the SDK's own path
	}
	slices.SortFunc(modules, func(a, b *module) int { return strings.Compare(a.path, b.path) })
	var list, require bytes.Buffer
	for _, of := range modules {
		fmt.Fprintf(&list, "# %s %s\n## explicit", of.path, of.version)
		if of.goVersion != "" {
			fmt.Fprintf(&list, "; go %s", of.goVersion)
		}
		slices.Sort(packages[of])
		fmt.Fprintf(&list, "\n%s\n", strings.Join(packages[of], "\n"))
		fmt.Fprintf(&require, "\nrequire %s %s\n", of.path, of.version)
	}
	mod, err := os.OpenFile(filepath.Join(g.Root, "go.mod"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = mod.Write(require.Bytes())
	if err := errors.Join(err, mod.Close()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(g.Root, "vendor"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(g.Root, "vendor", "modules.txt"), list.Bytes(), 0o644)
}

// missing reports whether a package could not be loaded because it is not there.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist)
}
