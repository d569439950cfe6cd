package shim

import (
	"path/filepath"
	"slices"
	"strings"
)

// dependency is a package that the contract is made of: its own, whose importer is
// nil, or one outside of the standard library and the SDK that it needs.
type dependency struct {
	*source
	module *module
	// own says that it is of the contract's own module.
	own bool
	// dir is its folder.
	dir string
	// importer is a package that imports it; with those that import that one, they
	// are the way by which the contract comes to need it.
	importer *dependency
	// allows are the directives at imports in the contract's module that allow
	// something for all that the import brings along.
	allows []*allowance
}

// gathering finds the packages that a contract is made of. It looks at the contract's
// files first, then at what those import, and so on.
type gathering struct {
	*generation
	reporter
	found map[string]*dependency
}

// gather returns the contract's package and those that it needs.
func (g *generation) gather(contract *source) ([]*dependency, error) {
	root := &dependency{source: contract, own: true}
	r := &gathering{generation: g, reporter: reporter{fset: g.fset}, found: map[string]*dependency{contract.path: root}}
	if own := g.modulePath(); own != "" {
		r.found[own] = root
	}
	packages := []*dependency{root}
	for i := 0; i < len(packages); i++ {
		more, err := r.needs(packages[i])
		if err != nil {
			return nil, err
		}
		packages = append(packages, more...)
	}
	if r.cycles(root, map[*dependency]bool{}); len(r.problems) != 0 {
		return nil, r.problems
	}
	r.spreadAllowances(packages)
	for _, p := range packages {
		r.refuse(p)
	}
	if len(r.problems) != 0 {
		return nil, r.problems
	}
	return packages, nil
}

// needs returns the packages that p imports and that were not found before.
func (r *gathering) needs(p *dependency) (more []*dependency, err error) {
	for _, imported := range importsOf(p.source) {
		of, dir := r.own.find(imported.path)
		if of == nil || r.found[imported.path] != nil {
			continue
		}
		r.shownDirs[dir] = r.shownDir(dir)
		src, err := load(r.generation.fset, dir, imported.path, r.generation.buildTags())
		if missing(err) {
			continue // it is refused below
		}
		if err != nil {
			return nil, err
		}
		needed := &dependency{source: src, module: of, own: of == &r.own.module, dir: dir, importer: p}
		r.found[imported.path] = needed
		more = append(more, needed)
		if needed.own {
			r.generation.allowances[src.path] = readAllowances(src, &r.reporter)
		}
	}
	return more, nil
}

// cycles reports imports that lead back to a package that they come from. going
// holds the packages that were looked at, and whether that still goes on.
func (r *gathering) cycles(p *dependency, going map[*dependency]bool) {
	going[p] = true
	for _, imported := range importsOf(p.source) {
		needed := r.found[imported.path]
		if needed == nil {
			continue
		}
		if still, seen := going[needed]; still {
			r.report(checkCompiler, imported.spec.Path.Pos(), "import cycle: package %s is imported by what it imports", imported.path)
		} else if !seen {
			r.cycles(needed, going)
		}
	}
	going[p] = false
}

// spreadAllowances hands what an import allows on to all that it brings along.
func (r *gathering) spreadAllowances(packages []*dependency) {
	for changed := true; changed; {
		changed = false
		for _, p := range packages {
			for _, imported := range importsOf(p.source) {
				needed := r.found[imported.path]
				if needed == nil {
					continue
				}
				given := p.allows
				if p.own {
					given = append(slices.Clone(given), r.generation.allowances[p.path].at(r.generation.fset.Position(imported.spec.Path.Pos()))...)
				}
				for _, allowance := range given {
					if !slices.Contains(needed.allows, allowance) {
						needed.allows = append(needed.allows, allowance)
						changed = true
					}
				}
			}
		}
	}
}

// refuse reports the imports of p that are refused.
func (r *gathering) refuse(p *dependency) {
	for _, imported := range importsOf(p.source) {
		if r.found[imported.path] != nil {
			continue
		}
		place := r.generation.fset.Position(imported.spec.Path.Pos())
		problem := refusal(imported.path, place, len(imported.spec.Path.Value))
		if problem == nil || r.allowed(p, problem) {
			continue
		}
		if of, dir := r.own.find(imported.path); of != nil {
			problem.Why, problem.Help = "there is no folder "+r.shownDir(dir), ""
		} else if r.own != nil && !inStandardLibrary(imported.path) && !sdkPath(imported.path) {
			problem.Why = "it is not in the vendor folder of the contract's module; run `go mod vendor` there, after `go get` if go.mod does not name it yet"
		}
		if p.importer != nil {
			problem.Why += "; the contract needs it through " + strings.Join(p.through(), ", which imports ")
			if problem.Help != "" && !p.own {
				problem.Help = "to allow it, say why above the import of " + p.through()[0] + ": " + directiveAllow + " " + problem.Check + " the reason"
			}
		}
		r.add(*problem)
	}
}

// allowed reports whether a directive allows an import.
func (r *gathering) allowed(p *dependency, problem *Problem) bool {
	if problem.Help == "" {
		return false
	}
	found := p.own && r.generation.allowances[p.path].allow(problem.Check, problem.Pos)
	for _, allowance := range p.allows {
		if allowance.check == problem.Check {
			allowance.used, found = true, true
		}
	}
	return found
}

// through returns the packages by which the contract comes to need p, p the last.
func (p *dependency) through() []string {
	if p.importer == nil {
		return nil
	}
	return append(p.importer.through(), p.path)
}

// sdkPath reports whether a path is of the SDK's module.
func sdkPath(path string) bool {
	_, ok := below(path, modulePath)
	return ok
}

// shownDir returns what the user calls a folder of the contract's module.
func (g *generation) shownDir(dir string) string {
	relative, err := filepath.Rel(g.Source, dir)
	if err != nil {
		return dir
	}
	return filepath.Join(g.Display, relative)
}
