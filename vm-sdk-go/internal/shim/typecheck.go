package shim

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checked is a type-checked contract package.
type checked struct {
	*source
	pkg  *types.Package
	info *types.Info
	core *types.Package
	// others are the other packages of the contract's module, for the contract.
	others []*checked
}

// typeCheck runs go/types on the packages of the contract's own module, the contract
// first; the go command compiles the others. If they are not valid Go, the problems
// are those that the Go compiler prints, for which it is run; go/types says the same,
// often in other words.
func (g *generation) typeCheck(packages []*dependency) ([]*checked, error) {
	var sources []*source
	var syntax Problems
	for _, p := range packages {
		sources = append(sources, p.source)
		syntax = append(syntax, p.syntax...)
	}
	if len(syntax) != 0 {
		return nil, g.compilerProblems(sources, syntax)
	}
	imports, err := exportData(g.Config, importPaths(sources...))
	if err != nil {
		var problems Problems
		if len(packages) > 1 && errors.As(g.compilerProblems(sources, nil), &problems) && len(problems) != 0 {
			return nil, problems
		}
		return nil, err
	}
	own := &ownPackages{fallback: imports.importer(g.fset), packages: map[string]*dependency{}, checked: map[string]*checked{}}
	for _, p := range packages {
		if p.own {
			own.packages[p.path] = p
		}
	}
	contract, err := own.check(packages[0])
	var problems Problems
	if errors.As(err, &problems) {
		return nil, g.compilerProblems(sources, problems)
	}
	if err != nil {
		return nil, err
	}
	all := []*checked{contract}
	for _, p := range packages[1:] {
		if c := own.checked[p.path]; c != nil {
			all = append(all, c)
		}
	}
	contract.others = all[1:]
	for _, c := range all {
		if c.core, err = own.fallback.Import(corePath); err != nil {
			return nil, err
		}
	}
	all[0].others = all[1:]
	return all, nil
}

// ownPackages imports the packages of the contract's own module from their source, so
// that a type is the same one in all of them, and others as they were compiled.
type ownPackages struct {
	fallback types.Importer
	packages map[string]*dependency
	checked  map[string]*checked
}

func (o *ownPackages) Import(path string) (*types.Package, error) {
	p := o.packages[path]
	if p == nil {
		return o.fallback.Import(path)
	}
	c, err := o.check(p)
	if err != nil {
		return nil, err
	}
	return c.pkg, nil
}

// check checks a package after those that it imports, once. Imports of each other
// have been refused by the go command before.
func (o *ownPackages) check(p *dependency) (*checked, error) {
	if c := o.checked[p.path]; c != nil {
		return c, nil
	}
	c, problems, err := checkPackage(p, o)
	if len(problems) != 0 {
		return nil, problems
	}
	if err != nil {
		return nil, err
	}
	o.checked[p.path] = c
	return c, nil
}

// languageVersion is that of the SDK's module, in which a contract of one package is
// built.
const languageVersion = "1.24"

// checkPackage runs go/types on a package.
func checkPackage(p *dependency, importer types.Importer) (*checked, Problems, error) {
	version := languageVersion
	if p.module != nil && p.module.goVersion != "" {
		version = p.module.goVersion
	}
	var problems Problems
	config := types.Config{
		Importer:  importer,
		Sizes:     types.SizesFor("gc", "wasm"),
		GoVersion: "go" + version,
		Error: func(err error) {
			var typeError types.Error
			if errors.As(err, &typeError) {
				problems = append(problems, compilerProblem(typeError.Fset.Position(typeError.Pos), typeError.Msg))
			}
		},
	}
	c := &checked{source: p.source, info: &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances:  map[*ast.Ident]types.Instance{},
	}}
	var err error
	c.pkg, err = config.Check(p.path, p.fset, p.files, c.info)
	return c, problems, err
}

// exports maps an import path to the file with the package's export data.
type exports map[string]string

// exportData asks the go command for the compiled form of the packages and all
// they need. They come from the build cache that the contract's build fills.
func exportData(cfg Config, paths []string) (exports, error) {
	args := append([]string{"list", "-tags=" + strings.Join(cfg.buildTags(), ","), "-export", "-trimpath", "-deps", "-f", "{{.ImportPath}}={{.Export}}", "--"}, paths...)
	out, stderr, err := runGo(cfg, args...)
	if err != nil {
		return nil, fmt.Errorf("%s list -export: %w\n%s", cfg.Go, err, stderr)
	}
	found := exports{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			found[path] = file
		}
	}
	return found, nil
}

func (e exports) importer(fset *token.FileSet) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file := e[path]
		if file == "" {
			return nil, fmt.Errorf("no export data of package %s", path)
		}
		return os.Open(file)
	})
}

// settings are those of every compiler's run: no C, no network, nothing of the user's.
var settings = []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOPROXY=off"}

// runGo runs the go command for the target of contracts.
func runGo(cfg Config, args ...string) (stdout, stderr []byte, err error) {
	command := exec.Command(cfg.Go, args...)
	command.Dir = cfg.Root
	command.Env = slices.Concat(os.Environ(), settings, []string{"GOOS=wasip1", "GOARCH=wasm"})
	var outBuffer, errBuffer bytes.Buffer
	command.Stdout, command.Stderr = &outBuffer, &errBuffer
	err = command.Run()
	return outBuffer.Bytes(), errBuffer.Bytes(), err
}

// placed matches a line of compiler output: file, line, perhaps column, text.
var placed = regexp.MustCompile(`^(.+?\.go):(\d+):(?:(\d+):)? (.*)$`)

// compilerProblems compiles the packages and returns what the compiler prints. If
// it prints nothing of use, fallback is returned.
func (g *generation) compilerProblems(sources []*source, fallback Problems) Problems {
	args := []string{"build", "-tags=" + strings.Join(g.buildTags(), ","), "-trimpath", "-buildvcs=false", "-gcflags=-e"}
	if len(sources) == 1 { // else the go command writes nothing
		args = append(args, "-o", os.DevNull)
	}
	for _, src := range sources {
		args = append(args, src.path)
	}
	_, stderr, err := runGo(g.Config, args...)
	if err == nil {
		return fallback
	}
	problems := parseCompilerOutput(g.Root, stderr)
	if len(problems) == 0 {
		return fallback
	}
	return problems
}

// compilerProblem is a problem in the compiler's words.
func compilerProblem(place token.Position, text string) Problem {
	return Problem{Pos: place, Severity: SeverityError, Check: checkCompiler, Text: text}
}

func parseCompilerOutput(root string, output []byte) Problems {
	var problems Problems
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		line := lines.Text()
		if match := placed.FindStringSubmatch(line); match != nil {
			position := token.Position{Filename: match[1]}
			if !filepath.IsAbs(match[1]) {
				position.Filename = filepath.Join(root, match[1])
			}
			position.Line, _ = strconv.Atoi(match[2])
			position.Column, _ = strconv.Atoi(match[3])
			problems = append(problems, compilerProblem(position, match[4]))
		} else if strings.HasPrefix(line, "\t") && len(problems) > 0 {
			problems[len(problems)-1].Text += "\n" + line // more of the same message
		}
	}
	return problems
}
